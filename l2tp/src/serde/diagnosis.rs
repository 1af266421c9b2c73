//! Diagnoses, which are only serialized. A finding is serialized with its texts.

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};

use serde::{Serialize, Serializer};

use crate::TunnelId;
use crate::host::AddressState;
use crate::host::diagnose::{
    AutoloadOff, Diagnosis, DisablingRule, DisablingRuleKind, Finding, KernelModule,
    MissingPrivilege, ModuleState, PortOwner, Severity,
};
use crate::socket::TunnelAddr;

impl Serialize for Diagnosis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        DiagnosisForm {
            release: self.release(),
            l2tp_available: self.is_l2tp_available(),
            ok: self.is_ok(),
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
    l2tp_available: bool,
    ok: bool,
    findings: &'a [Finding],
    modules: &'a [ModuleForm],
}

/// A module and its state.
#[derive(Serialize)]
struct ModuleForm {
    #[serde(serialize_with = "text")]
    name: KernelModule,
    #[serde(with = "ModuleStateForm")]
    state: ModuleState,
}

impl From<&(KernelModule, ModuleState)> for ModuleForm {
    fn from(&(name, state): &(KernelModule, ModuleState)) -> Self {
        Self { name, state }
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        FindingWithTexts {
            severity: self.severity(),
            summary: self.summary(),
            explanation: self.explanation(),
            command: self.command(),
            remedy: self.remedy(),
            data: Data(self),
        }
        .serialize(serializer)
    }
}

/// A finding with its texts.
#[derive(Serialize)]
#[serde(rename = "Finding")]
struct FindingWithTexts<'a> {
    #[serde(serialize_with = "text")]
    severity: Severity,
    summary: String,
    explanation: String,
    command: Option<String>,
    remedy: String,
    data: Data<'a>,
}

/// A finding without its texts.
struct Data<'a>(&'a Finding);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        FindingForm::serialize(self.0, serializer)
    }
}

#[derive(Serialize)]
#[serde(remote = "Finding", rename_all = "snake_case")]
enum FindingForm {
    NamespaceNotEntered {
        error: String,
    },
    NoNetlink {
        error: String,
    },
    NoFamily {
        errno: i32,
    },
    NoModuleSupport {
        l2tp_available: bool,
    },
    NoModuleIndex {
        release: String,
        folder_exists: bool,
        other_releases: Vec<String>,
        needed: bool,
    },
    NoProc,
    PppDeviceUnusable {
        errno: Option<i32>,
        module_loaded: bool,
    },
    ModuleNotInstalled {
        #[serde(serialize_with = "text")]
        module: KernelModule,
        needed: bool,
        install_command: Option<String>,
    },
    ModuleDisabled {
        #[serde(serialize_with = "text")]
        module: KernelModule,
        needed: bool,
        loaded: bool,
        #[serde(with = "DisablingRuleForm")]
        rule: DisablingRule,
    },
    AliasMissing {
        #[serde(serialize_with = "text")]
        module: KernelModule,
        needed: bool,
    },
    AutoloadOff {
        #[serde(with = "AutoloadOffForm")]
        cause: AutoloadOff,
        #[serde(serialize_with = "texts")]
        unloaded: Vec<KernelModule>,
        needed: bool,
    },
    NotPermitted {
        #[serde(with = "MissingPrivilegeForm")]
        reason: MissingPrivilege,
    },
    TunnelsNotListed {
        error: String,
    },
    OtherNamespace {
        current: String,
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
        bound: SocketAddr,
        owners: Vec<PortOwner>,
        certain: bool,
    },
    BindFailed {
        #[serde(serialize_with = "text")]
        local: TunnelAddr,
        errno: Option<i32>,
        error: String,
    },
    TunnelIdInUse {
        tunnel_id: TunnelId,
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
#[serde(remote = "DisablingRule")]
struct DisablingRuleForm {
    #[serde(with = "DisablingRuleKindForm")]
    kind: DisablingRuleKind,
    module: String,
    text: String,
    source: String,
}

#[derive(Serialize)]
#[serde(remote = "DisablingRuleKind", rename_all = "snake_case")]
enum DisablingRuleKindForm {
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
#[serde(remote = "MissingPrivilege", rename_all = "snake_case")]
enum MissingPrivilegeForm {
    NotGranted,
    OutsideBoundingSet,
    OtherUserNamespace,
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
#[serde(remote = "PortOwner", rename_all = "snake_case")]
enum PortOwnerForm {
    Tunnel(TunnelId),
    Process { pid: u32, name: String },
}

impl Serialize for PortOwner {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        PortOwnerForm::serialize(self, serializer)
    }
}

fn text<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn texts<S: Serializer>(modules: &[KernelModule], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(modules.iter().map(|module| module.name()))
}
