//! What Android, from 6 (API 23) on, and its store ask of a library, and what we ask of ours.

use std::collections::BTreeSet;
use std::str;

use object::elf::{self, FileHeader32, FileHeader64};
use object::read::elf::{ElfFile, FileHeader, ProgramHeader, SectionHeader, Sym};
use object::{Endianness, FileKind, Object};

use super::{folder_of_a_machine, is_our_export, listed, reviewed};
use crate::platform::Abi;

pub(super) fn refusals(data: &[u8], abi: &Abi, ours: bool) -> Vec<String> {
    let refusals = match FileKind::parse(data) {
        Ok(FileKind::Elf32) => Elf::<FileHeader32<Endianness>>::refusals(data, abi, ours),
        Ok(FileKind::Elf64) => Elf::<FileHeader64<Endianness>>::refusals(data, abi, ours),
        _ => return vec!["it is not an ELF file".to_owned()],
    };
    refusals.unwrap_or_else(|error| vec![format!("it is damaged: {error}")])
}

/// A library, and what is wrong with it so far.
struct Elf<'data, Header: FileHeader> {
    file: ElfFile<'data, Header>,
    data: &'data [u8],
    refusals: Vec<String>,
}

impl<'data, Header: FileHeader<Endian = Endianness>> Elf<'data, Header> {
    fn refusals(data: &'data [u8], abi: &Abi, ours: bool) -> object::Result<Vec<String>> {
        let mut this = Self { file: ElfFile::parse(data)?, data, refusals: Vec::new() };
        this.machine(abi);
        this.segments(ours)?;
        this.relocations(ours)?;
        if ours {
            this.names()?;
            this.symbols()?;
            let stripped = this.is_stripped()?;
            this.refuse_if(!stripped, "it is not stripped");
            if let Some(folder) = folder_of_a_machine(data) {
                this.refuse(format!("it names a folder of the machine it was built on: {folder}"));
            }
            let (size, ceiling) = (data.len(), abi.ceiling);
            this.refuse_if(
                size > ceiling,
                &format!("its {size} bytes are more than the {ceiling} that it may have"),
            );
        }
        Ok(this.refusals)
    }

    fn refuse(&mut self, reason: String) {
        self.refusals.push(reason);
    }

    fn refuse_if(&mut self, wrong: bool, reason: &str) {
        if wrong {
            self.refuse(reason.to_owned());
        }
    }

    fn machine(&mut self, abi: &Abi) {
        let header = self.file.elf_header();
        let endian = self.file.endian();
        self.refuse_if(header.e_type(endian) != elf::ET_DYN, "it is not a shared library");
        self.refuse_if(header.e_machine(endian) != abi.machine, "it is for another processor");
    }

    fn segments(&mut self, ours: bool) -> object::Result<()> {
        let endian = self.file.endian();
        let headers = self.file.elf_program_headers();
        let of = |kind| headers.iter().filter(move |header| header.p_type(endian) == kind);
        // Phones with pages of 16 KiB have 64 bits.
        let aligned = of(elf::PT_LOAD).all(|load| {
            let (offset, address): (u64, u64) =
                (load.p_offset(endian).into(), load.p_vaddr(endian).into());
            load.p_align(endian).into() >= PAGE && address.wrapping_sub(offset) % PAGE == 0
        });
        let executable = of(elf::PT_GNU_STACK)
            .all(|stack| stack.p_flags(endian) & elf::PF_X != elf::ProgramFlags::default());
        let has_relro = of(elf::PT_GNU_RELRO).next().is_some();
        let mut has_build_id = false;
        // Sections say what is looked at here, segments what a phone loads.
        let seen = self.file.elf_dynamic_table()?.dynamics().as_ptr();
        let mut agree = false;
        for header in headers {
            if let Some(loaded) = header.dynamic(endian, self.data)? {
                agree = loaded.as_ptr() == seen;
            }
            if let Some(mut notes) = header.notes(endian, self.data)? {
                while let Some(note) = notes.next()? {
                    has_build_id |= note.name() == elf::ELF_NOTE_GNU
                        && note.n_type(endian) == elf::NT_GNU_BUILD_ID;
                }
            }
        }
        self.refuse_if(self.file.is_64() && !aligned, "a segment is not aligned to 16 KiB");
        self.refuse_if(executable, "its stack is executable");
        self.refuse_if(!agree, "its sections and its segments do not agree");
        if ours {
            self.refuse_if(!has_relro, "it has no RELRO");
            self.refuse_if(!has_build_id, "it has no build id");
        }
        Ok(())
    }

    fn relocations(&mut self, ours: bool) -> object::Result<()> {
        let (mut flags, mut flags_1, mut tags) = (0, 0, BTreeSet::new());
        for entry in self.file.elf_dynamic_table()?.iter() {
            tags.insert(entry.tag.0);
            match entry.tag {
                elf::DT_FLAGS => flags = entry.val,
                elf::DT_FLAGS_1 => flags_1 = entry.val,
                _ => {}
            }
        }
        let has = |tag: elf::DynamicTag| tags.contains(&tag.0);
        let text = has(elf::DT_TEXTREL) || flags & elf::DF_TEXTREL.0 != 0;
        let relr = has(elf::DT_RELR) || has(elf::DT_ANDROID_RELR);
        let packed = has(elf::DT_ANDROID_REL) || has(elf::DT_ANDROID_RELA);
        let now = has(elf::DT_BIND_NOW)
            || flags & elf::DF_BIND_NOW.0 != 0
            || flags_1 & elf::DF_1_NOW.0 != 0;
        self.refuse_if(text, "it has relocations in its code, which Android refuses");
        self.refuse_if(relr, "it has RELR relocations, which Android before 11 leaves undone");
        if ours {
            self.refuse_if(!packed, "its relocations are not packed");
            self.refuse_if(
                !now,
                "its functions are bound late, and so RELRO protects only in part",
            );
        }
        Ok(())
    }

    fn names(&mut self) -> object::Result<()> {
        let table = self.file.elf_dynamic_table()?;
        let (mut soname, mut needed) = (None, BTreeSet::new());
        for entry in table.iter() {
            match entry.tag {
                elf::DT_SONAME => soname = Some(text(table.string(entry)?)),
                elf::DT_NEEDED => _ = needed.insert(text(table.string(entry)?)),
                _ => {}
            }
        }
        self.refuse_if(
            soname != Some("libscan_login_ffi.so"),
            "its soname is not libscan_login_ffi.so",
        );
        self.refuse_if(!needed.contains("libc.so"), "it does not say that it needs libc.so");
        let foreign: Vec<_> = needed.into_iter().filter(|name| !LIBRARIES.contains(name)).collect();
        self.refuse_if(!foreign.is_empty(), &format!("it needs {}", listed(foreign)));
        Ok(())
    }

    fn symbols(&mut self) -> object::Result<()> {
        let endian = self.file.endian();
        let table = self.file.elf_dynamic_symbol_table();
        let known: BTreeSet<_> = reviewed(include_str!("../../android-symbols.txt")).collect();
        let (mut unknown, mut foreign, mut ours) = (BTreeSet::new(), BTreeSet::new(), 0);
        for symbol in table.iter() {
            let name = text(table.symbol_name(endian, symbol)?);
            if name.is_empty() || symbol.is_local() {
                continue;
            }
            if !symbol.is_undefined(endian) {
                ours += usize::from(name.starts_with("uniffi_scan_login_ffi_fn_"));
                if !is_our_export(name) {
                    foreign.insert(name);
                }
            } else if !symbol.is_weak() && !known.contains(name) {
                unknown.insert(name);
            }
        }
        self.refuse_if(ours == 0, "it does not have the functions of this library");
        self.refuse_if(!foreign.is_empty(), &format!("it exports {}", listed(foreign)));
        self.refuse_if(
            !unknown.is_empty(),
            &format!("it asks for what Android 6 is not known to have: {}", listed(unknown)),
        );
        Ok(())
    }

    fn is_stripped(&self) -> object::Result<bool> {
        let endian = self.file.endian();
        let sections = self.file.elf_section_table();
        for section in sections.iter() {
            let name = sections.section_name(endian, section)?;
            if section.sh_type(endian) == elf::SHT_SYMTAB
                || name.starts_with(b".debug")
                || name.starts_with(b".zdebug")
            {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn text(name: &[u8]) -> &str {
    str::from_utf8(name).unwrap_or("a name that is not text")
}

const PAGE: u64 = 16 * 1024;
/// The parts of the phone that the reviewed list has names of.
const LIBRARIES: [&str; 4] = ["libc.so", "libdl.so", "liblog.so", "libm.so"];
