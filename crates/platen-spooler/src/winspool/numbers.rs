//! One number for each document, whatever server it is on.
//!
//! Windows numbers the jobs of each print server, so that those of two queues
//! may have the same number, and gives a number again once its job is gone. A
//! number given here means one document only, also for who still holds it when
//! the document is gone.

use std::collections::{HashMap, HashSet, VecDeque};

use platen_windows::JobRecord;
use uuid::Uuid;

use super::convert::identity;

/// Numbers of forgotten documents that are not given again: as many as the
/// spooler lists of one queue.
const MOST_RETIRED: usize = 10_000;

/// Where a document is, and which one it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) queue: String,
    /// Its number there.
    pub(crate) id: u32,
    pub(crate) identity: Uuid,
}

impl Place {
    pub(crate) fn of(record: &JobRecord, queue: &str) -> Self {
        Self {
            queue: queue.to_owned(),
            id: record.id,
            identity: identity(record, queue),
        }
    }

    /// Whether a record that stands here is about the document.
    pub(crate) fn holds(&self, record: &JobRecord) -> bool {
        self.identity == identity(record, &self.queue)
    }
}

/// Numbers given to documents; a job's own number where no other has or had it.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    /// None: the document is forgotten.
    places: HashMap<i32, Option<Place>>,
    numbers: HashMap<Place, i32>,
    /// Those of forgotten documents, the latest last.
    retired: VecDeque<i32>,
    /// The last one that is no job's own.
    made: i32,
}

impl Numbers {
    /// The number of this document, which it keeps.
    pub(crate) fn number(&mut self, place: &Place) -> i32 {
        if let Some(number) = self.numbers.get(place) {
            return *number;
        }
        let own = i32::try_from(place.id).ok();
        let own = own.filter(|number| *number > 0 && !self.places.contains_key(number));
        let number = own.unwrap_or_else(|| self.make());
        self.places.insert(number, Some(place.clone()));
        self.numbers.insert(place.clone(), number);
        number
    }

    /// The next number downwards that nobody has or had; there are more than
    /// documents fit into memory.
    fn make(&mut self) -> i32 {
        loop {
            self.made = match self.made {
                ..=1 => i32::MAX,
                made => made - 1,
            };
            if !self.places.contains_key(&self.made) {
                return self.made;
            }
        }
    }

    /// Where the document with this number is; none if none has it.
    pub(crate) fn place(&self, number: i32) -> Option<Place> {
        self.places.get(&number).cloned().flatten()
    }

    /// Forgets the documents of `queue` that are not among `there`.
    pub(crate) fn retain(&mut self, queue: &str, there: &[Place]) {
        let there: HashSet<&Place> = there.iter().collect();
        self.numbers.retain(|place, number| {
            let keep = place.queue != queue || there.contains(place);
            if !keep {
                self.places.insert(*number, None);
                self.retired.push_back(*number);
            }
            keep
        });
        while self.retired.len() > MOST_RETIRED {
            let free = self.retired.pop_front();
            free.map(|number| self.places.remove(&number));
        }
    }
}

#[cfg(test)]
mod tests {
    use platen_windows::Moment;

    use super::*;

    fn record(id: u32, second: u16) -> JobRecord {
        JobRecord {
            id,
            submitted: Moment {
                second,
                ..Moment::default()
            },
            ..JobRecord::default()
        }
    }

    fn place(queue: &str, id: u32) -> Place {
        Place::of(&record(id, 0), queue)
    }

    #[test]
    fn jobs_of_two_servers_have_two_numbers() {
        let mut numbers = Numbers::default();
        let (one, two) = (place("Laser", 7), place(r"\\server\Laser", 7));
        assert_eq!(numbers.number(&one), 7);
        let other = numbers.number(&two);
        assert_ne!(other, 7);
        assert_eq!(numbers.number(&two), other);
        assert_eq!(numbers.place(7), Some(one));
        assert_eq!(numbers.place(other), Some(two));
        assert_eq!(numbers.place(1), None);
    }

    #[test]
    fn a_number_that_is_none_is_replaced() {
        let mut numbers = Numbers::default();
        for id in [0, u32::MAX] {
            let number = numbers.number(&place("Laser", id));
            assert!(number > 0);
            assert_eq!(numbers.place(number), Some(place("Laser", id)));
        }
    }

    #[test]
    fn a_later_document_in_the_same_place_has_another_number() {
        let mut numbers = Numbers::default();
        let earlier = place("Laser", 7);
        assert_eq!(numbers.number(&earlier), 7);
        let later = Place::of(&record(7, 1), "Laser");
        let number = numbers.number(&later);
        assert_ne!(number, 7);
        assert_eq!(numbers.place(7), Some(earlier.clone()));
        assert_eq!(numbers.place(number), Some(later));
        assert!(earlier.holds(&record(7, 0)));
        assert!(!earlier.holds(&record(7, 1)));
    }

    #[test]
    fn jobs_that_went_are_forgotten() {
        let mut numbers = Numbers::default();
        numbers.number(&place("Laser", 7));
        numbers.number(&place("Laser", 8));
        numbers.number(&place("Ink", 9));
        numbers.retain("Laser", &[place("Laser", 8)]);
        assert_eq!(numbers.place(7), None);
        assert_eq!(numbers.place(8), Some(place("Laser", 8)));
        assert_eq!(numbers.place(9), Some(place("Ink", 9)));
    }

    #[test]
    fn a_forgotten_documents_number_is_not_given_to_the_next() {
        let mut numbers = Numbers::default();
        assert_eq!(numbers.number(&place("Laser", 7)), 7);
        numbers.retain("Laser", &[]);
        let number = numbers.number(&Place::of(&record(7, 1), "Laser"));
        assert_ne!(number, 7);
        assert_eq!(numbers.place(7), None);
    }

    #[test]
    fn only_so_many_forgotten_numbers_are_kept() {
        let mut numbers = Numbers::default();
        for id in 1..=12_000 {
            numbers.number(&place("Laser", id));
        }
        numbers.retain("Laser", &[]);
        assert_eq!(numbers.places.len(), MOST_RETIRED);
        assert_eq!(numbers.retired.len(), MOST_RETIRED);
        assert!(numbers.numbers.is_empty());
    }
}
