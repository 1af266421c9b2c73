//! Diagnoses as other programs read them.

use l2tp::host::diagnose::{AutoloadOff, Finding, Holder, Lack, Module};
use l2tp::{AddressState, TunnelAddr, TunnelId};
use serde_json::{Value, json};

/// Each sort of finding as data, but a barred module, whose rule only a diagnosis makes.
fn findings() -> Vec<(Finding, Value)> {
    let local = "192.0.2.1:1701".parse().expect("an address");
    let interface = || "eth0".to_owned();
    let error = || "no".to_owned();
    vec![
        (
            Finding::NamespaceClosed { error: error() },
            json!({ "namespace_closed": { "error": "no" } }),
        ),
        (Finding::NoNetlink { error: error() }, json!({ "no_netlink": { "error": "no" } })),
        (Finding::NoFamily { errno: 2 }, json!({ "no_family": { "errno": 2 } })),
        (Finding::NoModules { offered: true }, json!({ "no_modules": { "offered": true } })),
        (
            Finding::NoModuleIndex {
                release: "6".into(),
                folder: false,
                others: vec!["5".into()],
                needed: true,
            },
            json!({ "no_module_index": {
                "release": "6", "folder": false, "others": ["5"], "needed": true,
            } }),
        ),
        (Finding::NoProc, json!("no_proc")),
        (
            Finding::NoPppDevice { errno: Some(2), loaded: true },
            json!({ "no_ppp_device": { "errno": 2, "loaded": true } }),
        ),
        (
            Finding::ModuleAbsent { module: Module::Eth, needed: true, install: None },
            json!({ "module_absent": { "module": "l2tp_eth", "needed": true, "install": null } }),
        ),
        (
            Finding::AliasMissing { module: Module::Ip6, needed: false },
            json!({ "alias_missing": { "module": "l2tp_ip6", "needed": false } }),
        ),
        (
            Finding::AutoloadOff {
                cause: AutoloadOff::Helper("/bin/true".into()),
                unloaded: vec![Module::Eth, Module::Ppp],
                needed: true,
            },
            json!({ "autoload_off": {
                "cause": { "helper": "/bin/true" }, "unloaded": ["l2tp_eth", "l2tp_ppp"], "needed": true,
            } }),
        ),
        (
            Finding::NotPermitted { lack: Lack::UserNamespace },
            json!({ "not_permitted": { "lack": "user_namespace" } }),
        ),
        (Finding::NoListing { error: error() }, json!({ "no_listing": { "error": "no" } })),
        (
            Finding::OtherNamespace {
                ours: "net:[2]".into(),
                initial: "net:[1]".into(),
                name: None,
            },
            json!({ "other_namespace": { "ours": "net:[2]", "initial": "net:[1]", "name": null } }),
        ),
        (
            Finding::AddressUnusable {
                address: [192, 0, 2, 1].into(),
                state: AddressState::Down { interface: interface() },
            },
            json!({ "address_unusable": {
                "address": "192.0.2.1", "state": { "down": { "interface": "eth0" } },
            } }),
        ),
        (
            Finding::PortInUse {
                local,
                held: local,
                holders: vec![
                    Holder::Tunnel(TunnelId(7)),
                    Holder::Process { pid: 9, name: "xl2tpd".into() },
                ],
                certain: true,
            },
            json!({ "port_in_use": {
                "local": "192.0.2.1:1701", "held": "192.0.2.1:1701", "certain": true,
                "holders": [{ "tunnel": 7 }, { "process": { "pid": 9, "name": "xl2tpd" } }],
            } }),
        ),
        (
            Finding::BindRefused {
                local: TunnelAddr::from((local.ip(), TunnelId(7))),
                errno: Some(98),
                error: error(),
            },
            json!({ "bind_refused": { "local": "192.0.2.1 tunnel 7", "errno": 98, "error": "no" } }),
        ),
        (
            Finding::TunnelIdInUse { tunnel: TunnelId(7), local: Some(local), peer: None },
            json!({ "tunnel_id_in_use": { "tunnel": 7, "local": "192.0.2.1:1701", "peer": null } }),
        ),
    ]
}

#[test]
fn a_finding_is_data_with_words() {
    for (finding, data) in findings() {
        let expected = json!({
            "severity": finding.severity().to_string(),
            "what": finding.what(),
            "why": finding.why(),
            "command": finding.command(),
            "remedy": finding.remedy(),
            "data": data,
        });
        assert_eq!(json!(finding), expected, "{finding}");
    }
}

#[test]
fn a_diagnosis_is_what_it_says() {
    let diagnosis = l2tp::diagnose();
    let modules: Vec<_> = diagnosis
        .modules()
        .iter()
        .map(|(name, state)| {
            json!({ "name": name.to_string(), "state": state.to_string().replace(' ', "_") })
        })
        .collect();
    assert_eq!(modules.len(), Module::ALL.len());
    let expected = json!({
        "release": diagnosis.release(),
        "offered": diagnosis.is_offered(),
        "well": diagnosis.is_well(),
        "findings": diagnosis.findings(),
        "modules": modules,
    });
    assert_eq!(json!(diagnosis), expected);
}
