//! The page device: paper, sides, copies. *Source*: PLRM, chapter 6.

use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Value};
use super::operators::Entry;
use crate::geometry::{Bounds, Matrix};

/// Letter, which devices begin with. *Units*: points.
pub(super) const DEFAULT_SIZE: (f64, f64) = (612.0, 792.0);
/// Dots of the imagined device in a point: 600 to the inch.
pub(super) const DOTS_PER_POINT: f64 = 600.0 / 72.0;
/// The largest paper. *Units*: points.
const MAX_SIZE: f64 = 1e6;

/// The page device.
#[derive(Default)]
pub(super) struct Device {
    /// Its parameters.
    pub(super) dict: u32,
    size: Option<(f64, f64)>,
    /// Two-sided, and turned over the short edge, where the document said so.
    pub(super) duplex: Option<(bool, bool)>,
    /// It was asked to print without colour.
    pub(super) grey: bool,
}

impl Device {
    pub(super) fn roots(&self, roots: &mut Vec<Object>) {
        roots.push(Object::literal(Value::Dict(self.dict)));
    }

    /// The paper that the document named.
    pub(super) fn chosen_size(&self) -> Option<(f64, f64)> {
        self.size
    }

    fn size(&self) -> (f64, f64) {
        self.size.unwrap_or(DEFAULT_SIZE)
    }

    #[expect(
        clippy::unused_self,
        reason = "what the default matrix is belongs to the device"
    )]
    pub(super) fn matrix(&self) -> Matrix {
        Matrix::scaling(DOTS_PER_POINT, DOTS_PER_POINT)
    }

    /// The sheet that the program sees.
    pub(super) fn sheet(&self) -> Bounds {
        let (width, height) = self.size();
        Bounds::rect(0.0, 0.0, width, height).under(self.matrix())
    }

    /// The sheet in device space. Without a named paper it may be any.
    pub(super) fn bounds(&self) -> Bounds {
        match self.size {
            Some(_) => self.sheet(),
            None => Bounds::rect(0.0, 0.0, 1200.0, 1200.0).under(self.matrix()),
        }
    }
}

pub(super) const OPERATORS: &[Entry] = &[
    ("setpagedevice", |vm| {
        let asked = vm.pop_dict()?;
        vm.set_page_device(asked)
    }),
    ("currentpagedevice", |vm| {
        let dict = vm.device.dict;
        let copy = vm.copy_dict(dict)?;
        vm.push(Object::literal(Value::Dict(copy)))
    }),
    ("nulldevice", |vm| {
        vm.graphics.state.hidden = true;
        vm.graphics.state.clip = Bounds::ALL;
        Ok(())
    }),
    ("initgraphics", |vm| {
        vm.init_graphics();
        Ok(())
    }),
    (".defaultpagesize", |vm| {
        let (width, height) = vm.device.size();
        vm.push(Object::real(width))?;
        vm.push(Object::real(height))
    }),
];

/// What the device is before the document asks for anything.
const DEFAULTS: &str = "
<< /PageSize [612 792] /HWResolution [600 600] /ImagingBBox null /Margins [0 0] /PageOffset [0 0]
/Duplex false /Tumble false /NumCopies null /Collate false /Jog 0 /Orientation 0
/MediaType null /MediaColor null /MediaWeight null /MediaClass null /MediaPosition null
/InputAttributes << 0 << /PageSize [612 792] >> >> /OutputAttributes << >> /OutputType null
/Policies << /PolicyNotFound 1 /PageSize 0 /PolicyReport {pop} >>
/ProcessColorModel /DeviceCMYK /Separations false /SeparationColorNames [] /SeparationOrder []
/ManualFeed false /ManualFeedTimeout 60 /TraySwitch false /DeferredMediaSelection true
/OutputDevice (printer) /OutputFaceUp false /AdvanceMedia 0 /CutMedia 0 /AdvanceDistance 0
/MirrorPrint false /NegativePrint false /Trapping false /UseCIEColor false
/Install {} /BeginPage {} /EndPage {} >>";

/// Makes the device's dictionary.
pub(super) fn install(vm: &mut Interpreter<'_>) -> Done {
    vm.memory.global = true;
    let result = vm.run_own(DEFAULTS);
    vm.memory.global = false;
    result?;
    vm.device.dict = vm.pop_dict()?;
    vm.init_graphics();
    Ok(())
}

impl Interpreter<'_> {
    pub(super) fn copy_dict(&mut self, from: u32) -> Done<u32> {
        let places = self.memory.dict(from).places();
        self.tick_many(places)?;
        let to = self.memory.add_dict(places)?;
        for place in 0..places {
            if let Some((name, value)) = self.memory.dict(from).at(place) {
                self.memory.put(to, name, value)?;
            }
        }
        Ok(to)
    }

    fn set_page_device(&mut self, asked: u32) -> Done {
        let size = match self.numbers_entry(asked, "PageSize") {
            Some(size) => match size[..] {
                [width, height] if fits(width) && fits(height) => Some((width, height)),
                _ => return Err(Error::Configuration.into()),
            },
            None => None,
        };
        self.leave_device()?;
        // Devices outlive `restore` here; the graphics state brings back its own.
        let global = std::mem::replace(&mut self.memory.global, true);
        let current = self.device.dict;
        let merged = self.copy_dict(current);
        self.memory.global = global;
        let merged = merged?;
        for place in 0..self.memory.dict(asked).places() {
            if let Some((name, value)) = self.memory.dict(asked).at(place) {
                self.memory.put(merged, name, value)?;
            }
        }
        self.device.dict = merged;
        self.device.size = size.or(self.device.size);
        self.read_sides(asked);
        if let Some(model) = self.entry(asked, "ProcessColorModel")
            && let Value::Name(name) = model.value
        {
            self.device.grey = self.names.text(name) == b"DeviceGray";
        }
        self.graphics.state.hidden = false;
        self.init_graphics();
        if let Some(install) = self.entry(merged, "Install")
            && install.procedure().is_some_and(|body| body.len > 0)
        {
            self.call(install)?;
            self.init_graphics();
        }
        self.enter_device()
    }

    fn read_sides(&mut self, asked: u32) {
        let (duplex, tumble) = (
            self.bool_entry(asked, "Duplex"),
            self.bool_entry(asked, "Tumble"),
        );
        if duplex.is_some() || tumble.is_some() {
            let (was_duplex, was_tumble) = self.device.duplex.unwrap_or((false, false));
            self.device.duplex = Some((duplex.unwrap_or(was_duplex), tumble.unwrap_or(was_tumble)));
        }
    }

    /// What `currentpagedevice` gives comes back with an older graphics state.
    pub(super) fn device_state(&self) -> (u32, Option<(f64, f64)>) {
        (self.device.dict, self.device.size)
    }

    pub(super) fn set_device_state(&mut self, (dict, size): (u32, Option<(f64, f64)>)) {
        self.device.dict = dict;
        self.device.size = size;
    }
}

fn fits(side: f64) -> bool {
    side > 0.0 && side <= MAX_SIZE
}
