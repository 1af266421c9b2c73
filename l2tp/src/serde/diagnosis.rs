//! Diagnoses, which are written and not read: a finding beside the words that are made of it.

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};

use serde::{Serialize, Serializer};

use crate::host::diagnose::{
    AutoloadOff, Bar, Diagnosis, Finding, Holder, Lack, Module, ModuleState, Rule, Severity,
};
use crate::{AddressState, TunnelAddr, TunnelId};

impl Serialize for Diagnosis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        DiagnosisForm {
            release: self.release(),
            offered: self.is_offered(),
            well: self.is_well(),
            findings: self.findings(),
            modules: &self.modules().iter().map(ModuleForm::from).collect::<Vec<_>>(),
        }
        .serialize(serializer)
    }
}

#[derive(Serialize)]
#[serde(rename = "Diagnosis")]
struct DiagnosisForm<'a> {
    release: &'a str,
    offered: bool,
    well: bool,
    findings: &'a [Finding],
    modules: &'a [ModuleForm],
}

/// What is known of a module.
#[derive(Serialize)]
struct ModuleForm {
    #[serde(serialize_with = "text")]
    name: Module,
    #[serde(with = "ModuleStateForm")]
    state: ModuleState,
}

impl From<&(Module, ModuleState)> for ModuleForm {
    fn from(&(name, state): &(Module, ModuleState)) -> Self {
        Self { name, state }
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Told {
            severity: self.severity(),
            what: self.what(),
            why: self.why(),
            command: self.command(),
            remedy: self.remedy(),
            data: Data(self),
        }
        .serialize(serializer)
    }
}

/// A finding with its words.
#[derive(Serialize)]
#[serde(rename = "Finding")]
struct Told<'a> {
    #[serde(serialize_with = "text")]
    severity: Severity,
    what: String,
    why: String,
    command: Option<String>,
    remedy: String,
    data: Data<'a>,
}

/// A finding without its words.
struct Data<'a>(&'a Finding);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        FindingForm::serialize(self.0, serializer)
    }
}

#[derive(Serialize)]
#[serde(remote = "Finding", rename_all = "snake_case")]
enum FindingForm {
    NamespaceClosed {
        error: String,
    },
    NoNetlink {
        error: String,
    },
    NoFamily {
        errno: i32,
    },
    NoModules {
        offered: bool,
    },
    NoModuleIndex {
        release: String,
        folder: bool,
        others: Vec<String>,
        needed: bool,
    },
    NoProc,
    NoPppDevice {
        errno: Option<i32>,
        loaded: bool,
    },
    ModuleAbsent {
        #[serde(serialize_with = "text")]
        module: Module,
        needed: bool,
        install: Option<String>,
    },
    ModuleBarred {
        #[serde(serialize_with = "text")]
        module: Module,
        needed: bool,
        loaded: bool,
        #[serde(with = "RuleForm")]
        rule: Rule,
    },
    AliasMissing {
        #[serde(serialize_with = "text")]
        module: Module,
        needed: bool,
    },
    AutoloadOff {
        #[serde(with = "AutoloadOffForm")]
        cause: AutoloadOff,
        #[serde(serialize_with = "texts")]
        unloaded: Vec<Module>,
        needed: bool,
    },
    NotPermitted {
        #[serde(with = "LackForm")]
        lack: Lack,
    },
    NoListing {
        error: String,
    },
    OtherNamespace {
        ours: String,
        initial: String,
        name: Option<String>,
    },
    AddressUnusable {
        address: IpAddr,
        #[serde(with = "AddressStateForm")]
        state: AddressState,
    },
    PortInUse {
        local: SocketAddr,
        held: SocketAddr,
        holders: Vec<Holder>,
        certain: bool,
    },
    BindRefused {
        #[serde(serialize_with = "text")]
        local: TunnelAddr,
        errno: Option<i32>,
        error: String,
    },
    TunnelIdInUse {
        tunnel: TunnelId,
        local: Option<SocketAddr>,
        peer: Option<SocketAddr>,
    },
}

#[derive(Serialize)]
#[serde(remote = "ModuleState", rename_all = "snake_case")]
enum ModuleStateForm {
    Loaded,
    BuiltIn,
    Ready,
    Installed,
    Absent,
    Unknown,
}

#[derive(Serialize)]
#[serde(remote = "Rule")]
struct RuleForm {
    #[serde(with = "BarForm")]
    bar: Bar,
    module: String,
    text: String,
    place: String,
}

#[derive(Serialize)]
#[serde(remote = "Bar", rename_all = "snake_case")]
enum BarForm {
    Blacklist,
    Install,
    AliasOff,
    Kernel,
}

#[derive(Serialize)]
#[serde(remote = "AutoloadOff", rename_all = "snake_case")]
enum AutoloadOffForm {
    ModulesDisabled,
    NoHelper,
    Helper(String),
    HelperMissing(String),
}

#[derive(Serialize)]
#[serde(remote = "Lack", rename_all = "snake_case")]
enum LackForm {
    Capability,
    Bounded,
    UserNamespace,
    Unknown,
}

#[derive(Serialize)]
#[serde(remote = "AddressState", rename_all = "snake_case")]
enum AddressStateForm {
    Absent,
    Down { interface: String },
    Tentative { interface: String },
    Duplicate { interface: String },
    InVrf { interface: String, vrf: String },
    Present { interface: String },
}

#[derive(Serialize)]
#[serde(remote = "Holder", rename_all = "snake_case")]
enum HolderForm {
    Tunnel(TunnelId),
    Process { pid: u32, name: String },
}

impl Serialize for Holder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        HolderForm::serialize(self, serializer)
    }
}

fn text<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn texts<S: Serializer>(modules: &[Module], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(modules.iter().map(|module| module.name()))
}
