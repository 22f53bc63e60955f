//! Operators that set and give parts of the graphics state. *Source*: PLRM,
//! chapter 8.

use super::graphics::Setting;
use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Value};
use super::operators::Entry;

pub(super) const OPERATORS: &[Entry] = &[
    ("setlinewidth", |vm| {
        vm.graphics.state.line_width = vm.pop_number()?;
        Ok(())
    }),
    ("currentlinewidth", |vm| {
        let width = vm.graphics.state.line_width;
        vm.push(Object::real(width))
    }),
    ("setdash", |vm| {
        let offset = vm.pop()?;
        let dash = vm.pop_array()?;
        vm.graphics.state.set(Setting::DashOffset, offset);
        vm.graphics
            .state
            .set(Setting::Dash, Object::literal(Value::Array(dash)));
        Ok(())
    }),
    ("currentdash", |vm| {
        let mut dash = vm.graphics.state.setting(Setting::Dash);
        if matches!(dash.value, Value::Null) {
            dash = Object::literal(Value::Array(vm.memory.add_array(Vec::new())?));
        }
        vm.push(dash)?;
        get(vm, Setting::DashOffset)
    }),
    ("setlinecap", |vm| set(vm, Setting::LineCap)),
    ("currentlinecap", |vm| get(vm, Setting::LineCap)),
    ("setlinejoin", |vm| set(vm, Setting::LineJoin)),
    ("currentlinejoin", |vm| get(vm, Setting::LineJoin)),
    ("setmiterlimit", |vm| set(vm, Setting::MiterLimit)),
    ("currentmiterlimit", |vm| get(vm, Setting::MiterLimit)),
    ("setflat", |vm| set(vm, Setting::Flat)),
    ("currentflat", |vm| get(vm, Setting::Flat)),
    ("setstrokeadjust", |vm| set(vm, Setting::StrokeAdjust)),
    ("currentstrokeadjust", |vm| get(vm, Setting::StrokeAdjust)),
    ("setoverprint", |vm| set(vm, Setting::Overprint)),
    ("currentoverprint", |vm| get(vm, Setting::Overprint)),
    ("setsmoothness", |vm| set(vm, Setting::Smoothness)),
    ("currentsmoothness", |vm| get(vm, Setting::Smoothness)),
    ("settransfer", |vm| set(vm, Setting::Transfer)),
    ("currenttransfer", |vm| get_procedure(vm, Setting::Transfer)),
    ("setcolortransfer", |vm| {
        vm.pop()?;
        vm.pop()?;
        vm.pop()?;
        set(vm, Setting::ColorTransfer)
    }),
    ("currentcolortransfer", |vm| {
        for _ in 0..4 {
            get_procedure(vm, Setting::ColorTransfer)?;
        }
        Ok(())
    }),
    ("setblackgeneration", |vm| set(vm, Setting::BlackGeneration)),
    ("currentblackgeneration", |vm| {
        get_procedure(vm, Setting::BlackGeneration)
    }),
    ("setundercolorremoval", |vm| {
        set(vm, Setting::UndercolorRemoval)
    }),
    ("currentundercolorremoval", |vm| {
        get_procedure(vm, Setting::UndercolorRemoval)
    }),
    ("sethalftone", |vm| set(vm, Setting::Halftone)),
    ("currenthalftone", current_halftone),
    ("setscreen", |vm| {
        for setting in [
            Setting::ScreenFunction,
            Setting::ScreenAngle,
            Setting::ScreenFrequency,
        ] {
            set(vm, setting)?;
        }
        Ok(())
    }),
    ("currentscreen", current_screen),
    ("setcolorscreen", |vm| {
        for _ in 0..12 {
            vm.pop()?;
        }
        Ok(())
    }),
    ("currentcolorscreen", |vm| {
        for _ in 0..4 {
            current_screen(vm)?;
        }
        Ok(())
    }),
    ("setcolorrendering", |vm| set(vm, Setting::ColorRendering)),
    ("currentcolorrendering", |vm| {
        let dict = vm.graphics.state.setting(Setting::ColorRendering);
        match dict.value {
            Value::Dict(_) => vm.push(dict),
            _ => {
                let dict = vm.memory.add_dict(1)?;
                vm.set_entry(dict, "ColorRenderingType", Object::int(1))?;
                vm.push(Object::literal(Value::Dict(dict)))
            }
        }
    }),
    ("setcacheparams", |vm| {
        let count = vm.count_to_mark()?;
        let len = vm.operands.len() - count - 1;
        vm.operands.set_len(len);
        Ok(())
    }),
    ("currentcacheparams", |vm| {
        vm.push(Object::MARK)?;
        for value in [16, 1_000, 10_000] {
            vm.push(Object::int(value))?;
        }
        Ok(())
    }),
    ("cachestatus", |vm| {
        for value in [0, 500_000, 0, 100, 0, 5_000, 10_000] {
            vm.push(Object::int(value))?;
        }
        Ok(())
    }),
    ("setcachelimit", |vm| vm.pop().map(|_| ())),
    ("setucacheparams", |vm| {
        let count = vm.count_to_mark()?;
        let len = vm.operands.len() - count - 1;
        vm.operands.set_len(len);
        Ok(())
    }),
    ("ucachestatus", |vm| {
        vm.push(Object::MARK)?;
        for value in [0, 10_000, 0, 100, 5_000] {
            vm.push(Object::int(value))?;
        }
        Ok(())
    }),
    ("settrapparams", |vm| vm.pop().map(|_| ())),
    ("settrapzone", |_| Ok(())),
];

fn set(vm: &mut Interpreter<'_>, setting: Setting) -> Done {
    let value = vm.pop()?;
    vm.graphics.state.set(setting, value);
    Ok(())
}

fn get(vm: &mut Interpreter<'_>, setting: Setting) -> Done {
    let value = vm.graphics.state.setting(setting);
    vm.push(value)
}

/// A procedure that was set, or an empty one.
fn get_procedure(vm: &mut Interpreter<'_>, setting: Setting) -> Done {
    let value = vm.graphics.state.setting(setting);
    if value.procedure().is_some() {
        return vm.push(value);
    }
    let empty = vm.memory.add_array(Vec::new())?;
    vm.push(Object::executable(Value::Array(empty)))
}

fn current_screen(vm: &mut Interpreter<'_>) -> Done {
    get(vm, Setting::ScreenFrequency)?;
    get(vm, Setting::ScreenAngle)?;
    get_procedure(vm, Setting::ScreenFunction)
}

fn current_halftone(vm: &mut Interpreter<'_>) -> Done {
    let halftone = vm.graphics.state.setting(Setting::Halftone);
    if let Value::Dict(_) = halftone.value {
        return vm.push(halftone);
    }
    let dict = vm.memory.add_dict(4)?;
    vm.set_entry(dict, "HalftoneType", Object::int(1))?;
    current_screen(vm)?;
    for name in ["SpotFunction", "Angle", "Frequency"] {
        let value = vm.pop().map_err(|_| Error::StackUnderflow)?;
        vm.set_entry(dict, name, value)?;
    }
    vm.push(Object::literal(Value::Dict(dict)))
}
