//! Batches: one result a request in order, whatever fails in the middle, and no answer lost.

use anyhow::{Context, Result, ensure};
use l2tp::conn::{BatchOutcome, BatchReport};
use l2tp::error::Operation;
use l2tp::{
    Batch, Conn, Error, ErrorKind, PseudowireType, SessionChange, SessionConfig, SessionId,
    TunnelConfig, TunnelId, TunnelSocket,
};

use crate::queries::create_tunnel;
use crate::support::{Net, tests};

tests![
    every_duplicate_is_reported_in_its_place.flooding(5_000),
    a_batch_in_which_every_request_fails_has_every_result,
    get_requests_have_their_replies_in_order,
    requests_of_every_kind_go_together,
    what_fails_its_check_is_not_sent,
    it_stops_at_the_first_error_on_request,
    a_duplicate_of_a_failure_is_tried,
    guards_see_what_the_batch_itself_does,
    a_deleted_tunnel_does_not_expose_another,
    it_is_kept_and_runs_again,
    one_batch_serves_many_connections,
    an_empty_batch_does_nothing,
];

fn ppp(tunnel: &TunnelConfig, id: u32) -> SessionConfig {
    SessionConfig::new(tunnel, PseudowireType::Ppp, id, id)
}

fn tunnel() -> Result<(Net, Conn, TunnelConfig)> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let tunnel = create_tunnel(&mut conn, 1)?;
    Ok((net, conn, tunnel))
}

/// The positions of a report's errors, which must all be of one kind.
fn failed(conn: &mut Conn, kind: ErrorKind, fill: impl Fn(&mut Batch<'_>)) -> Result<Vec<usize>> {
    let mut batch = Batch::new();
    fill(&mut batch);
    let count = batch.len();
    let report = conn.run(&mut batch)?;
    ensure!(report.results().len() == count);
    for (position, error) in report.errors() {
        ensure!(error.kind() == kind, "request {position}: {error}");
    }
    Ok(report.errors().map(|(position, _)| position).collect())
}

fn every_duplicate_is_reported_in_its_place() -> Result<()> {
    let (_net, mut conn, tunnel) = tunnel()?;
    // Each id twice in a row.
    let duplicates = failed(&mut conn, ErrorKind::Exists, |batch| {
        for request in 0..10_000 {
            batch.create_session(&ppp(&tunnel, 1 + request / 2));
        }
    })?;
    ensure!(duplicates == (0..10_000).filter(|at| at % 2 == 1).collect::<Vec<_>>());
    ensure!(conn.sessions()?.count() == 5_000);
    Ok(())
}

fn a_batch_in_which_every_request_fails_has_every_result() -> Result<()> {
    let (_net, mut conn, tunnel) = tunnel()?;
    let nowhere = TunnelConfig { tunnel_id: TunnelId(99), ..tunnel };
    for guards in [true, false] {
        conn.set_guards(guards);
        let errors = failed(&mut conn, ErrorKind::NotFound, |batch| {
            for id in 1..=3_000 {
                batch.create_session(&ppp(&nowhere, id));
            }
        })?;
        ensure!(errors == (0..3_000).collect::<Vec<_>>(), "{} of 3000", errors.len());
    }
    Ok(())
}

fn get_requests_have_their_replies_in_order() -> Result<()> {
    let (_net, mut conn, tunnel) = tunnel()?;
    let mut batch = Batch::new();
    for id in (1..=1_000).step_by(2) {
        batch.create_session(&ppp(&tunnel, id));
    }
    ensure!(conn.run(&mut batch)?.is_ok());
    batch.clear();
    for id in 1..=1_000 {
        batch.get_session_info((TunnelId(1), SessionId(id)));
    }
    let report = conn.run(&mut batch)?;
    for (id, result) in (1..).zip(report.results()) {
        match result {
            Ok(BatchOutcome::Session(info)) => ensure!(id % 2 == 1 && info.session_id.0 == id),
            Err(error) => ensure!(id % 2 == 0 && error.is_not_found(), "session {id}: {error}"),
            Ok(other) => anyhow::bail!("session {id}: {other:?}"),
        }
    }
    Ok(())
}

fn requests_of_every_kind_go_together() -> Result<()> {
    let (_net, mut conn, tunnel) = tunnel()?;
    let other = crate::queries::tunnel(2);
    let key = (TunnelId(1), SessionId(10));
    let mut batch = Batch::new();
    batch
        .create_static_tunnel(([127, 0, 0, 1], 5002).into(), ([127, 0, 0, 1], 6002).into(), &other)
        .create_session(&ppp(&tunnel, 10))
        .modify_session(key, &SessionChange::new().send_seq(true))
        .get_session_info(key)
        .get_tunnel_info(TunnelId(2))
        .get_tunnel_info(TunnelId(3))
        .delete_session(key)
        .delete_tunnel(TunnelId(2));
    let results = conn.run(&mut batch)?.into_results().collect::<Vec<_>>();
    ensure!(results.len() == 8);
    let Ok(BatchOutcome::Session(session)) = &results[3] else { anyhow::bail!("{:?}", results[3]) };
    ensure!(session.send_seq);
    let Ok(BatchOutcome::Tunnel(info)) = &results[4] else { anyhow::bail!("{:?}", results[4]) };
    ensure!(info.tunnel_id == TunnelId(2));
    ensure!(results[5].as_ref().is_err_and(Error::is_not_found));
    for at in [0, 1, 2, 6, 7] {
        ensure!(matches!(results[at], Ok(BatchOutcome::Done)), "{at}: {:?}", results[at]);
    }
    Ok(())
}

fn what_fails_its_check_is_not_sent() -> Result<()> {
    let (_net, mut conn, tunnel) = tunnel()?;
    let errors = failed(&mut conn, ErrorKind::Config, |batch| {
        for id in [1, 0, 2, 0] {
            batch.create_session(&ppp(&tunnel, id));
        }
    })?;
    ensure!(errors == [1, 3], "{errors:?}");
    ensure!(conn.sessions()?.count() == 2);
    Ok(())
}

fn it_stops_at_the_first_error_on_request() -> Result<()> {
    let (_net, mut conn, tunnel) = tunnel()?;
    for guards in [true, false] {
        conn.set_guards(guards);
        let mut batch = Batch::new();
        batch.stop_at_first_error(true);
        batch.create_session(&ppp(&tunnel, 1)).delete_session((TunnelId(7), SessionId(1)));
        batch.create_session(&ppp(&tunnel, 2)).create_session(&ppp(&tunnel, 0));
        let results = conn.run(&mut batch)?.into_results().collect::<Vec<_>>();
        ensure!(results[0].is_ok());
        ensure!(results[1].as_ref().is_err_and(Error::is_not_found));
        ensure!(matches!(results[2], Err(Error::NotAttempted { .. })), "{:?}", results[2]);
        ensure!(matches!(results[3], Err(Error::Config { .. })), "{:?}", results[3]);
        let mut batch = Batch::new();
        batch.stop_at_first_error(true);
        batch.create_session(&ppp(&tunnel, 0)).create_session(&ppp(&tunnel, 2));
        let results = conn.run(&mut batch)?.into_results().collect::<Vec<_>>();
        ensure!(matches!(results[0], Err(Error::Config { .. })), "{:?}", results[0]);
        ensure!(matches!(results[1], Err(Error::NotAttempted { .. })), "{:?}", results[1]);
        ensure!(conn.sessions()?.count() == 1);
        conn.delete_session_and_wait(
            (TunnelId(1), SessionId(1)),
            std::time::Duration::from_secs(20),
        )?;
    }
    Ok(())
}

fn a_duplicate_of_a_failure_is_tried() -> Result<()> {
    let (_net, mut conn, tunnel) = tunnel()?;
    let nowhere = TunnelConfig { tunnel_id: TunnelId(99), ..tunnel };
    let errors = failed(&mut conn, ErrorKind::NotFound, |batch| {
        batch.create_session(&ppp(&nowhere, 1)).create_session(&ppp(&nowhere, 1));
    })?;
    ensure!(errors == [0, 1], "{errors:?}");
    Ok(())
}

fn guards_see_what_the_batch_itself_does() -> Result<()> {
    let (_net, mut conn, tunnel) = tunnel()?;
    let key = (TunnelId(1), SessionId(1));
    let errors = failed(&mut conn, ErrorKind::Exists, |batch| {
        batch.create_session(&ppp(&tunnel, 1));
        batch.modify_session(key, &SessionChange::new().send_seq(true));
        batch.create_session(&ppp(&tunnel, 1));
    })?;
    ensure!(errors == [2], "{errors:?}");
    ensure!(conn.get_session_info(key)?.send_seq);
    Ok(())
}

fn a_deleted_tunnel_does_not_expose_another() -> Result<()> {
    let (_net, mut conn, first) = tunnel()?;
    let second = create_tunnel(&mut conn, 2)?;
    conn.create_session(&ppp(&first, 10))?;
    conn.create_session(&ppp(&second, 10))?;
    let mut batch = Batch::new();
    batch.delete_tunnel(TunnelId(1)).delete_session((TunnelId(1), SessionId(10)));
    let report = conn.run(&mut batch)?;
    ensure!(report.results()[0].is_ok());
    // Whether session 10 of tunnel 1 was still there is a race; that of tunnel 2 must be.
    conn.get_session_info((TunnelId(2), SessionId(10))).context("the other tunnel's session")?;
    Ok(())
}

fn it_is_kept_and_runs_again() -> Result<()> {
    let (_net, mut conn, tunnel) = tunnel()?;
    let mut batch = Batch::new();
    batch.create_session(&ppp(&tunnel, 1)).create_session(&ppp(&tunnel, 0));
    let failed = |report: &BatchReport<'_>| -> Vec<_> {
        report.errors().map(|(position, error)| (position, error.kind())).collect()
    };
    let report = conn.run(&mut batch)?;
    ensure!(failed(&report) == [(1, ErrorKind::Config)], "{report:?}");
    let report = conn.run(&mut batch)?;
    ensure!(failed(&report) == [(0, ErrorKind::Exists), (1, ErrorKind::Config)], "{report:?}");
    let attempted: Vec<_> = report.by_request().map(|(operation, _)| operation).collect();
    let create = |id| Operation::CreateSession(TunnelId(1), SessionId(id));
    ensure!(attempted == [create(1), create(0)], "{attempted:?}");
    ensure!(report.into_result().is_err_and(|error| error.is_exists()));
    ensure!(batch.len() == 2);
    batch.clear().create_session(&ppp(&tunnel, 2));
    conn.run(&mut batch)?.into_result()?;
    conn.noop()?;
    ensure!(conn.sessions()?.count() == 2);
    Ok(())
}

/// Nothing in it is of the connection that ran it.
fn one_batch_serves_many_connections() -> Result<()> {
    let socket = |net: &Net| net.run(|| Ok(TunnelSocket::udp(([127, 0, 0, 1], 0).into(), None)?));
    let (first, second) = (Net::new()?, Net::new()?);
    let config = crate::queries::tunnel(1);
    let mut batch = Batch::new();
    batch
        .create_static_tunnel(([127, 0, 0, 1], 5002).into(), ([127, 0, 0, 1], 6002).into(), &config)
        .create_session(&ppp(&config, 10))
        .get_session_info((TunnelId(1), SessionId(10)));
    for net in [&first, &second] {
        let mut conn = net.conn()?;
        conn.run(&mut batch)?.into_result()?;
        ensure!(conn.sessions()?.count() == 1);
    }
    // Sockets are of one namespace, and live as long as the batch.
    let managed = socket(&first)?;
    let mut batch = Batch::new();
    let config = TunnelConfig { tunnel_id: TunnelId(2), ..config };
    batch.create_managed_tunnel(&managed, &config).get_tunnel_info(TunnelId(2));
    first.conn()?.run(&mut batch)?.into_result()?;
    let mut elsewhere = second.conn()?;
    let report = elsewhere.run(&mut batch)?;
    let errors: Vec<_> = report.errors().map(|(_, error)| error.raw_os_error()).collect();
    ensure!(errors == [Some(libc::EINVAL), Some(libc::ENODEV)], "{report:?}");
    Ok(())
}

fn an_empty_batch_does_nothing() -> Result<()> {
    let (_net, mut conn, _) = tunnel()?;
    let mut batch = Batch::new();
    let report = conn.run(&mut batch)?;
    ensure!(report.results().is_empty() && report.is_ok());
    Ok(())
}
