//! One number for each job, whatever server it is on.
//!
//! Windows numbers the jobs of each print server, so that those of two queues
//! may have the same number.

use std::collections::HashMap;

/// A job's place: its queue and its number there.
pub(crate) type Place = (String, u32);

/// Numbers given to jobs; a job's own number where no other job has it.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    places: HashMap<i32, Place>,
    numbers: HashMap<Place, i32>,
}

impl Numbers {
    /// The number of the job at this place, which it keeps.
    pub(crate) fn number(&mut self, queue: &str, id: u32) -> i32 {
        let place = (queue.to_owned(), id);
        if let Some(number) = self.numbers.get(&place) {
            return *number;
        }
        let own = i32::try_from(id).ok().filter(|number| *number > 0);
        let number = own
            .into_iter()
            .chain((1..=i32::MAX).rev())
            .find(|number| !self.places.contains_key(number))
            .expect("there are more numbers than jobs fit into memory");
        self.places.insert(number, place.clone());
        self.numbers.insert(place, number);
        number
    }

    /// Where the job with this number is; none if no job had it.
    pub(crate) fn place(&self, number: i32) -> Option<Place> {
        self.places.get(&number).cloned()
    }

    /// Forgets the jobs of `queue` that are not among `there`.
    pub(crate) fn retain(&mut self, queue: &str, there: &[u32]) {
        let keep = |place: &Place| place.0 != queue || there.contains(&place.1);
        self.places.retain(|_, place| keep(place));
        self.numbers.retain(|place, _| keep(place));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_of_two_servers_have_two_numbers() {
        let mut numbers = Numbers::default();
        assert_eq!(numbers.number("Laser", 7), 7);
        let other = numbers.number(r"\\server\Laser", 7);
        assert_ne!(other, 7);
        assert_eq!(numbers.number(r"\\server\Laser", 7), other);
        assert_eq!(numbers.place(7), Some(("Laser".to_owned(), 7)));
        assert_eq!(
            numbers.place(other),
            Some((r"\\server\Laser".to_owned(), 7))
        );
        assert_eq!(numbers.place(1), None);
    }

    #[test]
    fn a_number_that_is_none_is_replaced() {
        let mut numbers = Numbers::default();
        for id in [0, u32::MAX] {
            let number = numbers.number("Laser", id);
            assert!(number > 0);
            assert_eq!(numbers.place(number), Some(("Laser".to_owned(), id)));
        }
    }

    #[test]
    fn jobs_that_went_are_forgotten() {
        let mut numbers = Numbers::default();
        numbers.number("Laser", 7);
        numbers.number("Laser", 8);
        numbers.number("Ink", 9);
        numbers.retain("Laser", &[8]);
        assert_eq!(numbers.place(7), None);
        assert_eq!(numbers.place(8), Some(("Laser".to_owned(), 8)));
        assert_eq!(numbers.place(9), Some(("Ink".to_owned(), 9)));
        assert_eq!(numbers.number("Ink", 7), 7);
    }
}
