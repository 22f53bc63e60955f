//! Operators that change what is painted with: spaces, colours, parameters.
//! *Source*: ISO 32000-1, sections 8.4.5 and 8.6.8.

use super::content::{Painter, name};
use super::space::Space;
use super::state::{Paint, State, font_kind};
use hayro_syntax::content::Instruction;
use hayro_syntax::object::{Array, Dict, Name, Object};
use hayro_syntax::page::Resources;

impl<'a> Painter<'_, 'a> {
    pub(super) fn choose_space(
        &self,
        instruction: &Instruction<'_, '_>,
        resources: &Resources<'a>,
        paint: &mut Paint<'a>,
    ) {
        let Some(name) = name(instruction) else {
            return;
        };
        let device = Space::parse(&Object::Name(name.clone()), &|_| None, self.shared.budget);
        let space = device.or_else(|| {
            let key: &[u8] = name.as_ref();
            self.space_entry(&resources.color_spaces, key, resources)
        });
        if let Some(space) = space {
            let initial = space.initial();
            paint.set(space, initial);
        }
    }

    pub(super) fn space(
        &self,
        dict: &Dict<'a>,
        key: &str,
        resources: &Resources<'a>,
    ) -> Option<Space> {
        self.space_entry(dict, key.as_bytes(), resources)
    }

    /// The space that an entry holds, read once if it is an object of its own.
    pub(super) fn space_entry(
        &self,
        dict: &Dict<'a>,
        key: &[u8],
        resources: &Resources<'a>,
    ) -> Option<Space> {
        let id = dict.get_ref(key).map(|id| (id.obj_number, id.gen_number));
        if let Some(known) = id.and_then(|id| self.shared.spaces.borrow().get(&id).cloned()) {
            return known;
        }
        let object = dict.get::<Object<'a>>(key)?;
        let named = |name: &Name<'a>| resources.get_color_space(name);
        let space = Space::parse(&object, &named, self.shared.budget);
        if let Some(id) = id {
            self.shared.spaces.borrow_mut().insert(id, space.clone());
        }
        space
    }

    pub(super) fn graphics_state(
        &self,
        instruction: &Instruction<'_, '_>,
        resources: &Resources<'a>,
        state: &mut State<'a>,
    ) {
        let Some(entries) = name(instruction).and_then(|n| resources.get_ext_g_state(n)) else {
            return;
        };
        let number = |key: &str| entries.get::<f64>(key);
        if let Some(alpha) = number("ca") {
            state.fill.alpha = alpha.clamp(0.0, 1.0);
        }
        if let Some(alpha) = number("CA") {
            state.stroke.alpha = alpha.clamp(0.0, 1.0);
        }
        match entries.get::<Object<'a>>("SMask") {
            Some(Object::Name(_)) => state.doubts.masked = false,
            Some(_) => state.doubts.masked = true,
            None => {}
        }
        let mode = match entries.get::<Object<'a>>("BM") {
            Some(Object::Array(modes)) => modes.flex_iter().next::<Name<'a>>(),
            Some(Object::Name(mode)) => Some(mode),
            _ => None,
        };
        if let Some(mode) = mode {
            state.doubts.blended = !matches!(mode.as_ref(), b"Normal" | b"Compatible");
        }
        if let Some(width) = number("LW") {
            state.line_width = width;
        }
        if let Some(font) = entries.get::<Array<'a>>("Font") {
            let mut items = font.flex_iter();
            if let Some(font) = items.next::<Dict<'a>>() {
                state.text.font = font_kind(font);
                state.text.size = items.next::<f64>().unwrap_or(state.text.size);
            }
        }
    }
}

/// Sets the colour or pattern named by the operands.
pub(super) fn set_colour<'a>(
    instruction: &Instruction<'_, '_>,
    resources: &Resources<'a>,
    paint: &mut Paint<'a>,
) {
    let mut values = [0.0; 32];
    let mut count = 0;
    let mut pattern = None;
    for operand in instruction.operands() {
        match operand {
            Object::Number(number) if count < values.len() => {
                values[count] = number.as_f64();
                count += 1;
            }
            Object::Name(name) => pattern = resources.get_pattern(name),
            _ => {}
        }
    }
    let space = paint.space.clone();
    let rgb = space.rgb(&values[..count]);
    paint.set(space, rgb);
    paint.pattern = pattern;
}
