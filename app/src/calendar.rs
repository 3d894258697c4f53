//! Days and minutes of a [`Timestamp`], in UTC or shifted to where the reader is.

use chat::{Lang, Timestamp};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

const WEEKDAYS_KO: [&str; 7] = ["일", "월", "화", "수", "목", "금", "토"];
const WEEKDAYS_EN: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day, counted from the first of January 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Day(i64);

impl Day {
    /// The day of `time` where clocks are `offset` minutes ahead of UTC.
    #[must_use]
    pub fn of(time: Timestamp, offset: i32) -> Self {
        Self(shifted(time, offset).div_euclid(DAY_MS))
    }

    /// The date in words, with the day of the week.
    #[must_use]
    pub fn text(self, lang: Lang) -> String {
        let (year, month, day) = self.civil();
        // The first of January 1970 was a Thursday.
        let weekday = (self.0 + 4).rem_euclid(7) as usize;
        match lang {
            Lang::Ko => format!("{year}년 {month}월 {day}일 {}요일", WEEKDAYS_KO[weekday]),
            Lang::En => format!(
                "{}, {day} {} {year}",
                WEEKDAYS_EN[weekday],
                MONTHS_EN[month as usize - 1]
            ),
        }
    }

    /// The date as `<time datetime>` wants it, `2026-11-20`.
    #[must_use]
    pub fn iso(self) -> String {
        let (year, month, day) = self.civil();
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// Year, month and day of the Gregorian calendar. Years are reckoned from March, so that
    /// the leap day is the last of its year, and in eras of 400 years, which are equally long.
    fn civil(self) -> (i64, i64, i64) {
        let since_march_of_year_0 = self.0 + 719_468;
        let era = since_march_of_year_0.div_euclid(146_097);
        let day_of_era = since_march_of_year_0.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let (month, next_year) = match month_from_march {
            0..=9 => (month_from_march + 3, 0),
            _ => (month_from_march - 9, 1),
        };
        (era * 400 + year_of_era + next_year, month, day)
    }
}

/// Hours and minutes, `09:03`, where clocks are `offset` minutes ahead of UTC.
#[must_use]
pub fn hour_and_minute(time: Timestamp, offset: i32) -> String {
    let minute = shifted(time, offset).rem_euclid(DAY_MS) / MINUTE_MS;
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn shifted(time: Timestamp, offset: i32) -> i64 {
    // No timestamp exceeds the year 9999, far below what 64 bits hold.
    time.millis() as i64 + i64::from(offset) * MINUTE_MS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::MIDNIGHT;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn dates_agree_with_the_wire_format() {
        // One day in 97 from 1970 to beyond 2100, which is not a leap year, and the last of all.
        let days = (0..50_000).step_by(97).map(|day| day * DAY_MS as u64);
        for millis in days.chain([951_782_400_000, Timestamp::MAX.millis()]) {
            let wire = at(millis).to_string();
            assert_eq!(Day::of(at(millis), 0).iso(), wire[..10], "{millis}");
            assert_eq!(hour_and_minute(at(millis), 0), wire[11..16], "{millis}");
        }
    }

    #[test]
    fn dates_in_words() {
        let day = Day::of(at(MIDNIGHT), 0);
        assert_eq!(day.text(Lang::Ko), "2026년 11월 20일 금요일");
        assert_eq!(day.text(Lang::En), "Friday, 20 November 2026");
    }

    #[test]
    fn offsets_move_minutes_and_days() {
        let seoul = 9 * 60;
        assert_eq!(hour_and_minute(at(MIDNIGHT), seoul), "09:00");
        assert_eq!(Day::of(at(MIDNIGHT), seoul), Day::of(at(MIDNIGHT), 0));

        let new_york = -5 * 60;
        assert_eq!(hour_and_minute(at(MIDNIGHT), new_york), "19:00");
        assert_eq!(Day::of(at(MIDNIGHT), new_york).iso(), "2026-11-19");
        assert_eq!(Day::of(at(0), new_york).iso(), "1969-12-31");
    }
}
