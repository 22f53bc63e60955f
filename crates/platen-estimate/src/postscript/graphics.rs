//! The graphics state and its stack. *Source*: PLRM, section 4.2.

use super::colour::Paint;
use super::device::DOTS_PER_POINT;
use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Value};
use super::operators::Entry;
use super::path::Path;
use crate::geometry::{Bounds, Matrix};

/// The deepest stack of graphics states.
const MAX_STATES: usize = 400;

/// Settings that nothing here depends on, kept for programs that ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    Dash,
    DashOffset,
    Transfer,
    ColorTransfer,
    BlackGeneration,
    UndercolorRemoval,
    Halftone,
    ScreenFrequency,
    ScreenAngle,
    ScreenFunction,
    ColorRendering,
    Flat,
    LineCap,
    LineJoin,
    MiterLimit,
    StrokeAdjust,
    Overprint,
    Smoothness,
}

const SETTINGS: usize = Setting::Smoothness as usize + 1;

/// The graphics state.
#[derive(Clone)]
pub(super) struct State {
    pub(super) ctm: Matrix,
    pub(super) clip: Bounds,
    pub(super) path: Path,
    pub(super) paint: Paint,
    pub(super) line_width: f64,
    pub(super) font: u32,
    /// Nothing drawn is seen: `nulldevice`.
    pub(super) hidden: bool,
    /// Colours can't be set: a glyph or a pattern that has none of its own.
    pub(super) uncoloured: bool,
    settings: [Object; SETTINGS],
}

impl State {
    fn new() -> Self {
        let mut settings = [Object::NULL; SETTINGS];
        for (setting, value) in [
            (Setting::DashOffset, Object::int(0)),
            (Setting::ScreenFrequency, Object::int(60)),
            (Setting::ScreenAngle, Object::int(45)),
            (Setting::Flat, Object::int(1)),
            (Setting::LineCap, Object::int(0)),
            (Setting::LineJoin, Object::int(0)),
            (Setting::MiterLimit, Object::int(10)),
            (Setting::StrokeAdjust, Object::bool(true)),
            (Setting::Overprint, Object::bool(false)),
            (Setting::Smoothness, Object::real(0.02)),
        ] {
            settings[setting as usize] = value;
        }
        Self {
            ctm: Matrix::scaling(DOTS_PER_POINT, DOTS_PER_POINT),
            clip: Bounds::ALL,
            path: Path::default(),
            paint: Paint::black(),
            line_width: 1.0,
            font: u32::MAX,
            hidden: false,
            uncoloured: false,
            settings,
        }
    }

    pub(super) fn setting(&self, setting: Setting) -> Object {
        self.settings[setting as usize]
    }

    pub(super) fn set(&mut self, setting: Setting, value: Object) {
        self.settings[setting as usize] = value;
    }

    fn roots(&self, roots: &mut Vec<Object>) {
        roots.extend(self.settings);
        self.paint.roots(roots);
        if self.font != u32::MAX {
            roots.push(Object::literal(Value::Dict(self.font)));
        }
    }
}

type DeviceState = (u32, Option<(f64, f64)>);

/// A state on the stack.
struct Pushed {
    state: State,
    /// Pushed by the `save` of this number, which `grestoreall` doesn't pass.
    save: Option<u32>,
    device: DeviceState,
}

/// The state, the stack, and states that programs hold.
pub(super) struct Graphics {
    pub(super) state: State,
    stack: Vec<Pushed>,
    held: Vec<(Option<Box<State>>, bool)>,
}

impl Graphics {
    pub(super) fn new() -> Self {
        Self {
            state: State::new(),
            stack: Vec::new(),
            held: Vec::new(),
        }
    }

    pub(super) fn roots(&self, roots: &mut Vec<Object>) {
        self.state.roots(roots);
        for pushed in &self.stack {
            pushed.state.roots(roots);
            roots.push(Object::literal(Value::Dict(pushed.device.0)));
        }
    }

    pub(super) fn reach(&mut self, id: u32, work: &mut Vec<Object>) {
        if let Some((Some(state), reached)) = self.held.get_mut(id as usize)
            && !std::mem::replace(reached, true)
        {
            state.roots(work);
        }
    }

    pub(super) fn sweep(&mut self) {
        for (state, reached) in &mut self.held {
            if !std::mem::take(reached) {
                *state = None;
            }
        }
    }
}

pub(super) const OPERATORS: &[Entry] = &[
    ("gsave", |vm| vm.gsave()),
    ("grestore", |vm| {
        vm.grestore();
        Ok(())
    }),
    ("grestoreall", |vm| {
        while vm
            .graphics
            .stack
            .last()
            .is_some_and(|top| top.save.is_none())
        {
            vm.grestore();
        }
        vm.grestore();
        Ok(())
    }),
    ("gstate", |vm| {
        let state = Box::new(vm.graphics.state.clone());
        let free = vm.graphics.held.iter().position(|(held, _)| held.is_none());
        let at = free.unwrap_or(vm.graphics.held.len());
        if at >= MAX_STATES {
            return Err(Error::LimitCheck.into());
        }
        if at == vm.graphics.held.len() {
            vm.graphics.held.push((None, false));
        }
        vm.graphics.held[at].0 = Some(state);
        vm.push(Object::literal(Value::State(u32::try_from(at)?)))
    }),
    ("setgstate", |vm| {
        let Value::State(id) = vm.pop()?.value else {
            return Err(Error::TypeCheck.into());
        };
        vm.graphics.state = vm.held_state(id)?;
        Ok(())
    }),
    ("currentgstate", |vm| {
        let object = vm.peek(0)?;
        let Value::State(id) = object.value else {
            return Err(Error::TypeCheck.into());
        };
        let state = Box::new(vm.graphics.state.clone());
        match vm.graphics.held.get_mut(id as usize) {
            Some((held, _)) => *held = Some(state),
            None => return Err(Error::InvalidAccess.into()),
        }
        Ok(())
    }),
];

impl Interpreter<'_> {
    pub(super) fn gsave(&mut self) -> Done {
        self.push_state(None)
    }

    fn push_state(&mut self, save: Option<u32>) -> Done {
        if self.graphics.stack.len() >= MAX_STATES {
            return Err(Error::LimitCheck.into());
        }
        let (state, device) = (self.graphics.state.clone(), self.device_state());
        self.graphics.stack.push(Pushed {
            state,
            save,
            device,
        });
        Ok(())
    }

    /// Brings the topmost state back; one that `save` pushed stays there.
    pub(super) fn grestore(&mut self) {
        let Some(top) = self.graphics.stack.last() else {
            return;
        };
        let device = top.device;
        if top.save.is_some() {
            self.graphics.state = top.state.clone();
        } else if let Some(top) = self.graphics.stack.pop() {
            self.graphics.state = top.state;
        }
        self.set_device_state(device);
    }

    pub(super) fn save_graphics(&mut self, serial: u32) -> Done {
        self.push_state(Some(serial))
    }

    pub(super) fn restore_graphics(&mut self, serial: u32) -> Done {
        while let Some(top) = self.graphics.stack.pop() {
            if top.save == Some(serial) {
                self.graphics.state = top.state;
                self.set_device_state(top.device);
                break;
            }
        }
        Ok(())
    }

    fn held_state(&self, id: u32) -> Done<State> {
        match self.graphics.held.get(id as usize) {
            Some((Some(state), _)) => Ok(State::clone(state)),
            _ => Err(Error::InvalidAccess.into()),
        }
    }

    pub(super) fn copy_state(&mut self, from: u32, to: u32) -> Done {
        let state = Box::new(self.held_state(from)?);
        match self.graphics.held.get_mut(to as usize) {
            Some((held, _)) => *held = Some(state),
            None => return Err(Error::InvalidAccess.into()),
        }
        Ok(())
    }

    /// What `initgraphics` and each new page begin with.
    pub(super) fn init_graphics(&mut self) {
        let matrix = self.device.matrix();
        let state = &mut self.graphics.state;
        state.ctm = matrix;
        state.clip = Bounds::ALL;
        state.path = Path::default();
        state.paint = Paint::black();
        state.line_width = 1.0;
        for (setting, value) in [
            (Setting::Dash, Object::NULL),
            (Setting::DashOffset, Object::int(0)),
            (Setting::LineCap, Object::int(0)),
            (Setting::LineJoin, Object::int(0)),
            (Setting::MiterLimit, Object::int(10)),
        ] {
            state.set(setting, value);
        }
    }

    /// Runs something with a state of its own, which is dropped afterwards.
    pub(super) fn within_state(&mut self, run: impl FnOnce(&mut Self) -> Done) -> Done {
        let state = self.graphics.state.clone();
        let depth = self.graphics.stack.len();
        self.gsave()?;
        let result = run(self);
        self.graphics.stack.truncate(depth);
        self.graphics.state = state;
        result
    }
}
