//! Serialized diagnoses.

use l2tp::TunnelId;
use l2tp::host::AddressState;
use l2tp::host::diagnose::{AutoloadOff, Finding, KernelModule, MissingPrivilege, PortOwner};
use l2tp::socket::TunnelAddr;
use serde_json::{Value, json};

/// Each kind of finding about the kernel and its modules as data, except a disabled module: only a
/// diagnosis constructs its rule.
fn findings_about_the_kernel() -> Vec<(Finding, Value)> {
    let error = || "no".to_owned();
    vec![
        (
            Finding::NamespaceNotEntered { error: error() },
            json!({ "namespace_not_entered": { "error": "no" } }),
        ),
        (Finding::NoNetlink { error: error() }, json!({ "no_netlink": { "error": "no" } })),
        (Finding::NoFamily { errno: 2 }, json!({ "no_family": { "errno": 2 } })),
        (
            Finding::NoModuleSupport { l2tp_available: true },
            json!({ "no_module_support": { "l2tp_available": true } }),
        ),
        (
            Finding::NoModuleIndex {
                release: "6".into(),
                folder_exists: false,
                other_releases: vec!["5".into()],
                needed: true,
            },
            json!({ "no_module_index": {
                "release": "6", "folder_exists": false, "other_releases": ["5"], "needed": true,
            } }),
        ),
        (Finding::NoProc, json!("no_proc")),
        (
            Finding::PppDeviceUnusable { errno: Some(2), module_loaded: true },
            json!({ "ppp_device_unusable": { "errno": 2, "module_loaded": true } }),
        ),
        (
            Finding::ModuleNotInstalled {
                module: KernelModule::Eth,
                needed: true,
                install_command: None,
            },
            json!({ "module_not_installed": { "module": "l2tp_eth", "needed": true, "install_command": null } }),
        ),
        (
            Finding::AliasMissing { module: KernelModule::Ip6, needed: false },
            json!({ "alias_missing": { "module": "l2tp_ip6", "needed": false } }),
        ),
        (
            Finding::AutoloadOff {
                cause: AutoloadOff::Helper("/bin/true".into()),
                unloaded: vec![KernelModule::Eth, KernelModule::Ppp],
                needed: true,
            },
            json!({ "autoload_off": {
                "cause": { "helper": "/bin/true" }, "unloaded": ["l2tp_eth", "l2tp_ppp"], "needed": true,
            } }),
        ),
    ]
}

/// Each kind of finding about privileges, namespaces and a tunnel's addresses as data.
fn findings_about_the_environment() -> Vec<(Finding, Value)> {
    let local = "192.0.2.1:1701".parse().expect("an address");
    let error = || "no".to_owned();
    vec![
        (
            Finding::NotPermitted { reason: MissingPrivilege::OtherUserNamespace },
            json!({ "not_permitted": { "reason": "other_user_namespace" } }),
        ),
        (
            Finding::TunnelsNotListed { error: error() },
            json!({ "tunnels_not_listed": { "error": "no" } }),
        ),
        (
            Finding::OtherNamespace {
                current: "net:[2]".into(),
                initial: "net:[1]".into(),
                name: None,
            },
            json!({ "other_namespace": { "current": "net:[2]", "initial": "net:[1]", "name": null } }),
        ),
        (
            Finding::AddressUnusable {
                address: [192, 0, 2, 1].into(),
                state: AddressState::Down { interface: "eth0".into() },
            },
            json!({ "address_unusable": {
                "address": "192.0.2.1", "state": { "down": { "interface": "eth0" } },
            } }),
        ),
        (
            Finding::PortInUse {
                local,
                bound: local,
                owners: vec![
                    PortOwner::Tunnel(TunnelId(7)),
                    PortOwner::Process { pid: 9, name: "xl2tpd".into() },
                ],
                certain: true,
            },
            json!({ "port_in_use": {
                "local": "192.0.2.1:1701", "bound": "192.0.2.1:1701", "certain": true,
                "owners": [{ "tunnel": 7 }, { "process": { "pid": 9, "name": "xl2tpd" } }],
            } }),
        ),
        (
            Finding::BindFailed {
                local: TunnelAddr::from((local.ip(), TunnelId(7))),
                errno: Some(98),
                error: error(),
            },
            json!({ "bind_failed": { "local": "192.0.2.1 tunnel 7", "errno": 98, "error": "no" } }),
        ),
        (
            Finding::TunnelIdInUse { tunnel_id: TunnelId(7), local: Some(local), peer: None },
            json!({ "tunnel_id_in_use": { "tunnel_id": 7, "local": "192.0.2.1:1701", "peer": null } }),
        ),
    ]
}

#[test]
fn a_finding_is_serialized_with_its_texts() {
    for (finding, data) in
        findings_about_the_kernel().into_iter().chain(findings_about_the_environment())
    {
        let expected = json!({
            "severity": finding.severity().to_string(),
            "summary": finding.summary(),
            "explanation": finding.explanation(),
            "command": finding.command(),
            "remedy": finding.remedy(),
            "data": data,
        });
        assert_eq!(json!(finding), expected, "{finding}");
    }
}

#[test]
fn a_diagnosis_is_serialized_with_its_findings() {
    let diagnosis = l2tp::diagnose();
    let modules: Vec<_> = diagnosis
        .modules()
        .iter()
        .map(|(name, state)| {
            json!({ "name": name.to_string(), "state": state.to_string().replace(' ', "_") })
        })
        .collect();
    assert_eq!(modules.len(), KernelModule::ALL.len());
    let expected = json!({
        "release": diagnosis.release(),
        "l2tp_available": diagnosis.is_l2tp_available(),
        "ok": diagnosis.is_ok(),
        "findings": diagnosis.findings(),
        "modules": modules,
    });
    assert_eq!(json!(diagnosis), expected);
}
