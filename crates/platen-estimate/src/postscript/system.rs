//! Memory, parameters and the printer's own state. *Source*: PLRM, chapter 8
//! and appendices C and D; PLRM second edition, section 8.2 (statusdict).

use super::interpreter::Interpreter;
use super::object::{Done, Error, Object, Value};
use super::operators::{Entry, new_dict};

pub(super) const OPERATORS: &[Entry] = &[
    ("save", |vm| {
        let serial = vm.memory.save()?;
        vm.save_graphics(serial)?;
        vm.push(Object::literal(Value::Save(serial)))
    }),
    ("restore", |vm| {
        let Value::Save(serial) = vm.pop()?.value else {
            return Err(Error::TypeCheck.into());
        };
        if !vm.memory.is_saved(serial) {
            return Err(Error::InvalidRestore.into());
        }
        vm.memory.restore(serial);
        vm.restore_graphics(serial)
    }),
    ("setglobal", |vm| {
        vm.memory.global = vm.pop_bool()?;
        Ok(())
    }),
    ("currentglobal", |vm| {
        vm.push(Object::bool(vm.memory.global))
    }),
    ("setshared", |vm| {
        vm.memory.global = vm.pop_bool()?;
        Ok(())
    }),
    ("currentshared", |vm| {
        vm.push(Object::bool(vm.memory.global))
    }),
    ("startjob", |vm| {
        vm.pop()?;
        vm.pop_bool()?;
        vm.push(Object::bool(true))
    }),
    ("exitserver", |vm| vm.pop().map(|_| ())),
    ("vmstatus", |vm| {
        let (depth, used, limit) = (vm.memory.save_depth(), vm.memory.used(), vm.memory.limit());
        for value in [depth, used, limit] {
            vm.push(Object::count(value))?;
        }
        Ok(())
    }),
    ("vmreclaim", |vm| vm.pop_int().map(|_| ())),
    ("setvmthreshold", |vm| vm.pop_int().map(|_| ())),
    // Time stands still: no page may depend on it.
    ("usertime", |vm| vm.push(Object::int(0))),
    ("realtime", |vm| vm.push(Object::int(0))),
    ("revision", |vm| vm.push(Object::int(1))),
    ("serialnumber", |vm| vm.push(Object::int(0))),
    ("prompt", |_| Ok(())),
    ("executive", |_| Ok(())),
    ("internaldict", |vm| {
        vm.pop_int()?;
        let dict = vm.internal_dict()?;
        vm.push(Object::literal(Value::Dict(dict)))
    }),
    ("setuserparams", |vm| vm.pop_dict().map(|_| ())),
    ("currentuserparams", parameters),
    ("setsystemparams", |vm| vm.pop_dict().map(|_| ())),
    ("currentsystemparams", parameters),
    ("setdevparams", |vm| {
        vm.pop_dict()?;
        vm.pop_string().map(|_| ())
    }),
    ("currentdevparams", |vm| {
        vm.pop_string()?;
        parameters(vm)
    }),
    ("defineuserobject", |vm| {
        let object = vm.pop()?;
        let at = vm.pop_count()?;
        let items = vm.user_objects(at + 1)?;
        *vm.memory
            .array_mut(items)?
            .get_mut(at)
            .ok_or(Error::RangeCheck)? = object;
        Ok(())
    }),
    ("undefineuserobject", |vm| {
        let at = vm.pop_count()?;
        let items = vm.user_objects(at + 1)?;
        *vm.memory
            .array_mut(items)?
            .get_mut(at)
            .ok_or(Error::RangeCheck)? = Object::NULL;
        Ok(())
    }),
    ("execuserobject", |vm| {
        let at = vm.pop_count()?;
        let items = vm.user_objects(0)?;
        let object = vm.memory.array(items).get(at).copied();
        vm.execute(object.ok_or(Error::RangeCheck)?)
    }),
];

/// What a printer's parameters say when a program asks.
const PARAMETERS: &[(&str, i32)] = &[
    ("MaxFormItem", 100_000),
    ("MaxPatternItem", 20_000),
    ("MaxUPathItem", 5_000),
    ("MaxScreenItem", 48_000),
    ("MaxFontItem", 12_500),
    ("MaxDictStack", 500),
    ("MaxExecStack", 5_000),
    ("MaxOpStack", 50_000),
    ("MaxLocalVM", 80_000_000),
    ("MinFontCompress", 1_250),
    ("VMReclaim", 0),
    ("VMThreshold", 1_000_000),
    ("MaxFontCache", 500_000),
    ("CurFontCache", 0),
    ("BuildTime", 0),
    ("PageCount", 1_000),
];

fn parameters(vm: &mut Interpreter<'_>) -> Done {
    let dict = vm.memory.add_dict(PARAMETERS.len())?;
    for (name, value) in PARAMETERS {
        vm.set_entry(dict, name, Object::int(*value))?;
    }
    let name = vm.memory.add_string(b"Platen".to_vec())?;
    vm.set_entry(dict, "PrinterName", Object::literal(Value::String(name)))?;
    vm.push(Object::literal(Value::Dict(dict)))
}

impl Interpreter<'_> {
    /// Runs program text that belongs to the interpreter itself.
    pub(super) fn run_own(&mut self, source: &str) -> Done {
        let text = self.memory.add_string(source.as_bytes().to_vec())?;
        self.call(Object::executable(Value::String(text)))
    }

    fn internal_dict(&mut self) -> Done<u32> {
        let system = self.system;
        match self.entry(system, ".internaldict").map(|dict| dict.value) {
            Some(Value::Dict(dict)) => Ok(dict),
            _ => new_dict(self, ".internaldict"),
        }
    }

    /// The array of user objects, at least `len` long.
    fn user_objects(&mut self, len: usize) -> Done<super::object::Slice> {
        let user = self.dicts.get(2).copied().unwrap_or(self.system);
        let old = match self.entry(user, "UserObjects").map(|objects| objects.value) {
            Some(Value::Array(items)) if items.len() >= len => return Ok(items),
            Some(Value::Array(items)) => self.memory.array(items).to_vec(),
            _ => Vec::new(),
        };
        let items = self.memory.blank_array(len.max(64).max(old.len() * 2))?;
        self.memory.array_mut(items)?[..old.len()].copy_from_slice(&old);
        self.set_entry(user, "UserObjects", Object::literal(Value::Array(items)))?;
        Ok(items)
    }
}

/// What printers keep in `statusdict` and the operators of older printers.
const STATUS: &str = "
statusdict begin
/product (Platen) def /printername (Platen) def /revision 1 def /jobname () def /jobsource () def
/manualfeed false def /manualfeedtimeout 60 def /waittimeout 300 def /jobtimeout 0 def
/pagecount {1000} def /pagestackorder false def /doprinterrors true def /dostartpage false def
/buildtime 0 def /byteorder false def /ramsize 80000000 def /diskonline {false} def
/diskstatus {0 0} def /hardwareiomode {0} def /sethardwareiomode {pop} def
/setjobtimeout {pop} def /setdefaulttimeouts {pop pop pop} def /defaulttimeouts {0 60 30} def
/setmargins {pop pop} def /margins {0 0} def /setprintername {pop} def /setsccbatch {pop pop pop} def
/setsccinteractive {pop pop pop} def /sccbatch {pop 9600 0} def /setdostartpage {pop} def
/setpapertray {pop} def /papertray {0} def /setdefaultpapertray {pop} def
/setdoprinterrors {pop} def /setresolution {pop} def /resolution {600} def /checkpassword {pop true} def
/setduplexmode {<< /Duplex 3 -1 roll >> setpagedevice} def
/duplexmode {currentpagedevice /Duplex 2 copy known {get} {pop pop false} ifelse} def
/settumble {<< /Tumble 3 -1 roll >> setpagedevice} def
/tumble {currentpagedevice /Tumble 2 copy known {get} {pop pop false} ifelse} def
/newsheet {} def /firstside {true} def /setmirrorprint {pop} def /mirrorprint false def
/setpage {pop pop pop} def /setpageparams {pop pop pop pop} def /pageparams {612 792 1 0} def
/lettertray {letter} def /legaltray {legal} def /ledgertray {ledger} def /11x17tray {11x17} def
/a3tray {a3} def /a4tray {a4} def /a5tray {a5} def /b4tray {b4} def /b5tray {b5} def
/executivepage {executivepage} def /letterR {letter} def /a4R {a4} def
end
/#copies 1 def
/.paper {[3 1 roll] << /PageSize 3 -1 roll >> setpagedevice} bind def
{/letter 612 792 /legal 612 1008 /ledger 1224 792 /tabloid 792 1224 /11x17 792 1224
 /executivepage 522 756 /a0 2384 3370 /a1 1684 2384 /a2 1191 1684 /a3 842 1191 /a4 595 842
 /a5 420 595 /a6 297 420 /b4 729 1032 /b5 516 729 /a4small 595 842 /lettersmall 612 792
 /note 612 792 /quarto 610 780 /statement 396 612 /folio 612 936 /halfletter 396 612}
dup length 3 idiv {dup 0 3 getinterval aload pop
 [3 1 roll /.paper load /exec load] cvx systemdict 3 1 roll put
 dup length 3 sub 3 exch getinterval} repeat pop
";

/// Fills `statusdict` and the names of papers.
pub(super) fn install(vm: &mut Interpreter<'_>) -> Done {
    vm.memory.global = true;
    let status = new_dict(vm, "statusdict")?;
    let server = new_dict(vm, "serverdict")?;
    let exit = vm.entry(vm.system, "exitserver").unwrap_or(Object::NULL);
    vm.set_entry(server, "exitserver", exit)?;
    vm.set_entry(status, "exitserver", exit)?;
    let result = vm.run_own(STATUS);
    vm.memory.global = false;
    result
}
