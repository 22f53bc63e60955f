//! The client's half, event by event.

mod device;
mod leasing;
mod placing;
mod random;
mod reaching;
mod releasing;
