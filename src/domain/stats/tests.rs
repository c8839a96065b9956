//! What figures mean, with clocks of their own.

use super::*;
use crate::domain::session::Desired;
use crate::domain::session::SessionState;

const MINUTE: i64 = 60_000;

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_millis(minutes * MINUTE)
}

fn period(minutes: i64) -> Period {
    Period::new(at(0), at(minutes), Duration::from_mins(10)).unwrap()
}

fn shares(period: &Period, now: i64, points: &[(i64, Standing)]) -> Vec<Option<f64>> {
    let mut time = ConnectedTime::new(period, at(now));
    let points: Vec<_> = points.iter().map(|(at_, how)| (at(*at_), *how)).collect();
    time.add(&points);
    let all = time.share();
    time.shares().chain([all]).collect()
}

#[test]
fn a_period_is_cut_into_buckets_and_the_last_one_can_be_shorter() {
    let buckets: Vec<_> = period(25).buckets().collect();
    assert_eq!(period(25).count(), 3);
    assert_eq!(
        buckets,
        [(at(0), at(10)), (at(10), at(20)), (at(20), at(25))]
    );
}

#[test]
fn a_period_has_a_length_and_no_more_buckets_than_allowed() {
    let bucket = Duration::from_mins(1);
    let new = |to| Period::new(at(0), at(to), bucket).map(|period| period.count());
    assert_eq!(new(0), Err(PeriodError::Empty));
    assert_eq!(new(-1), Err(PeriodError::Empty));
    assert_eq!(new(400), Ok(400));
    let longer = Period::new(at(0), at(400).plus(Duration::from_millis(1)), bucket);
    assert_eq!(longer, Err(PeriodError::TooManyBuckets));
    let ever = Period::new(
        Timestamp::from_millis(i64::MIN),
        Timestamp::from_millis(i64::MAX),
        BUCKET_MAX,
    );
    assert_eq!(ever, Err(PeriodError::TooManyBuckets));
}

#[test]
fn a_percentile_is_what_so_many_did_not_exceed() {
    let mut latencies = Latencies::default();
    assert_eq!((latencies.count(), latencies.percentile(50)), (0, None));
    latencies.note(7, 1);
    assert_eq!(latencies.percentile(50), Some(7));
    assert_eq!(latencies.percentile(95), Some(7));
    let mut all = Latencies::default();
    for ms in 1..=100 {
        all.note(ms, 1);
    }
    assert_eq!(all.percentile(50), Some(50));
    assert_eq!(all.percentile(95), Some(95));
    all.add(&latencies);
    all.note(5000, 99);
    assert_eq!((all.count(), all.percentile(50)), (200, Some(99)));
    assert_eq!(all.percentile(95), Some(5000));
}

#[test]
fn time_counts_from_point_to_point_and_until_now() {
    use Standing::{Connected, Down};
    let points = [(-5, Connected), (5, Down), (15, Connected)];
    assert_eq!(
        shares(&period(40), 30, &points),
        [Some(0.5), Some(0.5), Some(1.0), None, Some(2.0 / 3.0)]
    );
}

#[test]
fn what_was_stopped_deleted_or_is_not_known_is_left_out() {
    use Standing::{Connected, Out};
    assert_eq!(
        shares(&period(20), 20, &[(5, Connected), (10, Out)]),
        [Some(1.0), None, Some(1.0)]
    );
    assert_eq!(shares(&period(20), 20, &[]), [None, None, None]);
    assert_eq!(
        shares(&period(20), 20, &[(25, Connected)]),
        [None, None, None]
    );
}

#[test]
fn a_clock_that_was_set_back_counts_nothing_twice() {
    use Standing::{Connected, Down};
    let points = [(0, Connected), (8, Down), (2, Connected)];
    let counted = shares(&period(10), 10, &points);
    assert_eq!(counted, [Some(1.0), Some(1.0)]);
}

#[test]
fn sessions_weigh_by_their_time() {
    let mut time = ConnectedTime::new(&period(10), at(10));
    time.add(&[(at(0), Standing::Connected)]);
    time.add(&[(at(5), Standing::Down)]);
    assert_eq!(time.share(), Some(2.0 / 3.0));
}

#[test]
fn a_session_counts_while_it_is_wanted() {
    use Desired::{Running, Stopped};
    for state in SessionState::ALL {
        let expected = match state {
            SessionState::Connected => Standing::Connected,
            SessionState::Stopped => Standing::Out,
            _ => Standing::Down,
        };
        assert_eq!(Standing::of(state, Running), expected, "{state:?}");
        if state != SessionState::Connected {
            assert_eq!(Standing::of(state, Stopped), Standing::Out, "{state:?}");
        }
    }
}
