//! Setting colours. *Source*: PLRM, section 4.8 and chapter 8.

use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Value};
use super::operators::Entry;
use super::space::Space;
use crate::colour::{Rgb, chroma};

/// What is painted with.
#[derive(Clone)]
pub(super) struct Paint {
    pub(super) space: Space,
    /// The space as the program gave it; null for those of devices.
    given: Object,
    /// Components, as many as are kept; DeviceN may have more.
    values: [f64; 8],
    more: Option<std::rc::Rc<Vec<f64>>>,
    /// A pattern's dictionary.
    pub(super) pattern: Option<u32>,
    chroma: Option<f64>,
}

impl Paint {
    pub(super) fn black() -> Self {
        Self::of(Space::Gray, Object::NULL, &[0.0])
    }

    fn of(space: Space, given: Object, components: &[f64]) -> Self {
        let mut values = [0.0; 8];
        for (value, component) in values.iter_mut().zip(components) {
            *value = *component;
        }
        let more = (components.len() > values.len()).then(|| components.to_vec().into());
        Self {
            space,
            given,
            values,
            more,
            pattern: None,
            chroma: None,
        }
    }

    pub(super) fn components(&self) -> Vec<f64> {
        match &self.more {
            Some(more) => more.to_vec(),
            None => self.values[..self.space.components().min(8)].to_vec(),
        }
    }

    pub(super) fn roots(&self, roots: &mut Vec<Object>) {
        roots.push(self.given);
        self.space.roots(roots);
        if let Some(pattern) = self.pattern {
            roots.push(Object::literal(Value::Dict(pattern)));
        }
    }
}

pub(super) const OPERATORS: &[Entry] = &[
    ("setgray", |vm| {
        let [gray] = vm.pop_numbers()?;
        vm.set_device_colour(Space::Gray, &[gray]);
        Ok(())
    }),
    ("setrgbcolor", |vm| {
        let rgb = vm.pop_numbers::<3>()?;
        vm.set_device_colour(Space::Rgb, &rgb);
        Ok(())
    }),
    ("sethsbcolor", |vm| {
        let hsb = vm.pop_numbers::<3>()?;
        vm.set_device_colour(Space::Rgb, &rgb_from_hsb(hsb));
        Ok(())
    }),
    ("setcmykcolor", |vm| {
        let cmyk = vm.pop_numbers::<4>()?;
        vm.set_device_colour(Space::Cmyk, &cmyk);
        Ok(())
    }),
    ("setcolorspace", |vm| {
        let given = vm.pop()?;
        let space = vm.space_of(given)?;
        let initial = space.initial();
        if !vm.graphics.state.uncoloured {
            vm.graphics.state.paint = Paint::of(space, given, &initial);
        }
        Ok(())
    }),
    ("currentcolorspace", |vm| {
        let given = vm.graphics.state.paint.given;
        if let Value::Array(_) = given.value {
            return vm.push(given);
        }
        let name = match vm.graphics.state.paint.space {
            Space::Rgb => "DeviceRGB",
            Space::Cmyk => "DeviceCMYK",
            Space::Pattern(_) => "Pattern",
            _ => "DeviceGray",
        };
        let name = vm.name(name);
        let items = vm.memory.add_array(vec![name])?;
        vm.push(Object::literal(Value::Array(items)))
    }),
    ("setcolor", set_colour),
    ("currentcolor", |vm| {
        let paint = &vm.graphics.state.paint;
        let (values, pattern) = (paint.components(), paint.pattern);
        for value in values {
            vm.push(Object::real(value))?;
        }
        match pattern {
            Some(pattern) => vm.push(Object::literal(Value::Dict(pattern))),
            None => Ok(()),
        }
    }),
    ("setpattern", |vm| {
        let pattern = vm.peek(0)?;
        let Value::Dict(dict) = pattern.value else {
            return Err(Error::TypeCheck.into());
        };
        let uncoloured = vm.int_entry(dict, "PaintType") == Some(2);
        let paint = &vm.graphics.state.paint;
        let base = match &paint.space {
            Space::Pattern(base) => base.clone(),
            _ if uncoloured => Some(std::rc::Rc::new(paint.space.clone())),
            _ => None,
        };
        vm.graphics.state.paint.space = Space::Pattern(base);
        set_colour(vm)
    }),
    ("currentgray", |vm| {
        let rgb = vm.current_rgb()?.unwrap_or([0.0; 3]);
        vm.push(Object::real(0.3 * rgb[0] + 0.59 * rgb[1] + 0.11 * rgb[2]))
    }),
    ("currentrgbcolor", |vm| {
        for value in vm.current_rgb()?.unwrap_or([0.0; 3]) {
            vm.push(Object::real(value))?;
        }
        Ok(())
    }),
    ("currenthsbcolor", |vm| {
        let rgb = vm.current_rgb()?.unwrap_or([0.0; 3]);
        for value in hsb_from_rgb(rgb) {
            vm.push(Object::real(value))?;
        }
        Ok(())
    }),
    ("currentcmykcolor", |vm| {
        let paint = &vm.graphics.state.paint;
        let cmyk = match paint.space {
            Space::Cmyk => [
                paint.values[0],
                paint.values[1],
                paint.values[2],
                paint.values[3],
            ],
            _ => {
                let [r, g, b] = vm.current_rgb()?.unwrap_or([0.0; 3]).map(|v| 1.0 - v);
                let black = r.min(g).min(b);
                [r - black, g - black, b - black, black]
            }
        };
        for value in cmyk {
            vm.push(Object::real(value))?;
        }
        Ok(())
    }),
];

fn set_colour(vm: &mut Interpreter<'_>) -> Done {
    let space = vm.graphics.state.paint.space.clone();
    let given = vm.graphics.state.paint.given;
    let mut pattern = None;
    if let Space::Pattern(_) = space {
        pattern = match vm.pop()?.value {
            Value::Dict(dict) => Some(dict),
            Value::Null => None,
            _ => return Err(Error::TypeCheck.into()),
        };
    }
    let needs = match pattern {
        Some(dict) if vm.int_entry(dict, "PaintType") != Some(2) => 0,
        _ => space.components(),
    };
    let mut values = Vec::with_capacity(needs);
    for _ in 0..needs {
        values.push(vm.pop_number()?);
    }
    values.reverse();
    if !vm.graphics.state.uncoloured {
        vm.graphics.state.paint = Paint::of(space, given, &values);
        vm.graphics.state.paint.pattern = pattern;
    }
    Ok(())
}

impl Interpreter<'_> {
    fn set_device_colour(&mut self, space: Space, values: &[f64]) {
        if !self.graphics.state.uncoloured {
            self.graphics.state.paint = Paint::of(space, Object::NULL, values);
        }
    }

    /// The colour that is painted with; none when it can't be told.
    pub(super) fn current_rgb(&mut self) -> Done<Option<Rgb>> {
        let paint = self.graphics.state.paint.clone();
        self.rgb(&paint.space, &paint.components())
    }

    /// The chroma of what is painted with, remembered with the colour.
    pub(super) fn current_chroma(&mut self) -> Done<Option<f64>> {
        if let Some(chroma) = self.graphics.state.paint.chroma {
            return Ok(Some(chroma));
        }
        let found = self.current_rgb()?.map(chroma);
        self.graphics.state.paint.chroma = found;
        Ok(found)
    }
}

fn rgb_from_hsb([hue, saturation, brightness]: [f64; 3]) -> Rgb {
    let sixth = hue.rem_euclid(1.0) * 6.0;
    let saturation = saturation.clamp(0.0, 1.0);
    [5.0, 3.0, 1.0].map(|shift| {
        let k = (shift + sixth) % 6.0;
        brightness * (1.0 - saturation * k.min(4.0 - k).clamp(0.0, 1.0))
    })
}

fn hsb_from_rgb([red, green, blue]: Rgb) -> [f64; 3] {
    let (high, low) = (red.max(green).max(blue), red.min(green).min(blue));
    let spread = high - low;
    if spread <= 0.0 {
        return [0.0, 0.0, high];
    }
    let sixth = if high == red {
        ((green - blue) / spread).rem_euclid(6.0)
    } else if high == green {
        (blue - red) / spread + 2.0
    } else {
        (red - green) / spread + 4.0
    };
    [sixth / 6.0, spread / high, high]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hues_go_there_and_back() {
        for rgb in [
            [1.0, 0.0, 0.0],
            [0.0, 0.5, 0.25],
            [0.2, 0.1, 0.9],
            [0.4, 0.4, 0.4],
        ] {
            let back = rgb_from_hsb(hsb_from_rgb(rgb));
            for (a, b) in rgb.iter().zip(back) {
                assert!((a - b).abs() < 1e-9, "{rgb:?} {back:?}");
            }
        }
    }
}
