//! PostScript, counted and judged by running it.
//!
//! PostScript is a program: what it prints is known by running it. The
//! interpreter here runs everything and paints nothing: it follows pages,
//! paper, copies and colours, within limits. Where running ends before the
//! document does, the document's own comments (DSC) tell what is left, and a
//! warning says so. *Source*: PLRM; Adobe technical note 5001.

mod array_operators;
mod binary;
mod cie;
mod clip;
mod colour;
mod composite;
mod composite_fonts;
mod control;
mod convert;
mod core_fonts;
mod device;
mod dict;
mod file_operators;
mod files;
mod filter_operators;
mod filters;
mod fonts;
mod frame;
mod function;
mod glyph_width;
mod graphics;
mod image;
mod interpreter;
mod math;
mod matrix;
mod memory;
mod object;
mod operands;
mod operators;
mod page;
mod paint;
mod path;
mod pattern;
mod reading;
mod relational;
mod resource;
mod samples;
mod scan_number;
mod scanner;
mod shading;
mod show;
mod space;
mod stack;
mod state_operators;
mod structure;
mod system;
mod system_names;
mod verdict;

pub(crate) use verdict::count;

#[cfg(test)]
mod tests;
