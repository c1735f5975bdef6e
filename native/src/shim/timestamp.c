// Points in time as text.
#include "timestamp.h"

#include <string.h>

static void put_number(char *at, int digits, long value) {
    for (int i = digits - 1; i >= 0; i--, value /= 10) at[i] = (char)('0' + value % 10);
}

// The date of a day since 1970-01-01. Years are counted from March, so that the leap day is their last (proleptic
// Gregorian calendar, 400 years are 146097 days).
static void put_date(char *at, long day) {
    day += 719468; // since 0000-03-01
    long era = day / 146097, of_era = day % 146097;
    long year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    long of_year = of_era - (365 * year + year / 4 - year / 100);
    long month = (5 * of_year + 2) / 153; // from March
    long of_month = of_year - (153 * month + 2) / 5 + 1;
    put_number(at, 4, year + era * 400 + (month >= 10));
    put_number(at + 5, 2, month < 10 ? month + 3 : month - 9);
    put_number(at + 8, 2, of_month);
}

void timestamp_put(const struct timespec *time, char out[TIMESTAMP_SIZE]) {
    long seconds = time->tv_sec < 0 ? 0 : time->tv_sec, of_day = seconds % 86400;
    memcpy(out, "0000-00-00T00:00:00.000000000Z", TIMESTAMP_SIZE);
    put_date(out, seconds / 86400);
    put_number(out + 11, 2, of_day / 3600);
    put_number(out + 14, 2, of_day / 60 % 60);
    put_number(out + 17, 2, of_day % 60);
    put_number(out + 20, 9, time->tv_nsec);
}
