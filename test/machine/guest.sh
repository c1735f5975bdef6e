# All that happens inside of the machine of scripts/machine.mjs, as root, once for each of its two boots: the runs of this
# boot, each with its TAP on the results port between two marks. Then a real reboot, then the power off.
set -u
port=/dev/virtio-ports/slipway.results
state=/var/lib/slipway-machine
mkdir -p "$state"
boot=$(($(cat "$state/boots" 2>/dev/null || echo 0) + 1))
echo "$boot" >"$state/boots"

tests='exec dist/bin/node --test --test-concurrency=1 --test-reporter=tap'

run() { # NAME USER FILE...
  name=$1 user=$2
  shift 2
  echo "== begin $name"
  echo "machine: $name $(cut -d' ' -f1 /proc/uptime)" >/dev/console
  case $user in
  root) (cd /slipway && eval "$tests $*") 2>&1 ;;
  # A session of its own, as ssh or a desktop gives one.
  *) su --login "$user" --command "cd /slipway && $tests $*" 2>&1 ;;
  esac
  echo "== end $name $?"
}

while read -r when name user files; do
  [ "$when" = "$boot" ] && run "$name" "$user" $files </dev/null
done </slipway/runs | cat >"$port"

[ "$boot" != 1 ] && exec systemctl poweroff
# The second boot has what an administrator may add: all five controllers for ordinary users.
mkdir -p /etc/systemd/system/user@.service.d
printf '[Service]\nDelegate=cpu cpuset io memory pids\n' >/etc/systemd/system/user@.service.d/delegate.conf
exec systemctl reboot
