//! Batches: one result a request in order, whatever fails in the middle, and no answer lost.

use anyhow::{Context, Result, ensure};
use l2tp::{
    Answer, Conn, Error, ErrorKind, PseudowireType, SessionChange, SessionConfig, SessionId,
    TunnelConfig, TunnelId,
};

use crate::queries::create_tunnel;
use crate::support::{Net, tests};

tests![
    every_duplicate_is_reported_in_its_place.flooding(5_000),
    a_batch_in_which_everything_fails_loses_no_answer,
    questions_are_answered_in_order,
    requests_of_every_kind_go_together,
    what_fails_its_check_is_not_sent,
    it_stops_at_the_first_error_when_asked,
    a_duplicate_of_a_failure_is_tried,
    guards_see_what_the_batch_itself_does,
    a_deleted_tunnel_does_not_expose_another,
    it_can_be_used_again,
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
fn failed(
    conn: &mut Conn,
    kind: ErrorKind,
    fill: impl Fn(&mut l2tp::Batch<'_>),
) -> Result<Vec<usize>> {
    let mut batch = conn.batch();
    fill(&mut batch);
    let count = batch.len();
    let report = batch.run()?;
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

fn a_batch_in_which_everything_fails_loses_no_answer() -> Result<()> {
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

fn questions_are_answered_in_order() -> Result<()> {
    let (_net, mut conn, tunnel) = tunnel()?;
    let mut batch = conn.batch();
    for id in (1..=1_000).step_by(2) {
        batch.create_session(&ppp(&tunnel, id));
    }
    ensure!(batch.run()?.is_ok());
    for id in 1..=1_000 {
        batch.get_session_info((TunnelId(1), SessionId(id)));
    }
    let report = batch.run()?;
    for (id, result) in (1..).zip(report.results()) {
        match result {
            Ok(Answer::Session(info)) => ensure!(id % 2 == 1 && info.session_id.0 == id),
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
    let mut batch = conn.batch();
    batch
        .create_static_tunnel(([127, 0, 0, 1], 5002).into(), ([127, 0, 0, 1], 6002).into(), &other)
        .create_session(&ppp(&tunnel, 10))
        .modify_session(key, &SessionChange::new().send_seq(true))
        .get_session_info(key)
        .get_tunnel_info(TunnelId(2))
        .get_tunnel_info(TunnelId(3))
        .delete_session(key)
        .delete_tunnel(TunnelId(2));
    let results = batch.run()?.into_results();
    ensure!(results.len() == 8);
    let Ok(Answer::Session(session)) = &results[3] else { anyhow::bail!("{:?}", results[3]) };
    ensure!(session.send_seq);
    let Ok(Answer::Tunnel(info)) = &results[4] else { anyhow::bail!("{:?}", results[4]) };
    ensure!(info.tunnel_id == TunnelId(2));
    ensure!(results[5].as_ref().is_err_and(Error::is_not_found));
    for at in [0, 1, 2, 6, 7] {
        ensure!(matches!(results[at], Ok(Answer::Done)), "{at}: {:?}", results[at]);
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

fn it_stops_at_the_first_error_when_asked() -> Result<()> {
    let (_net, mut conn, tunnel) = tunnel()?;
    for guards in [true, false] {
        conn.set_guards(guards);
        let mut batch = conn.batch();
        batch.stop_at_first_error(true);
        batch.create_session(&ppp(&tunnel, 1)).delete_session((TunnelId(7), SessionId(1)));
        batch.create_session(&ppp(&tunnel, 2)).create_session(&ppp(&tunnel, 0));
        let results = batch.run()?.into_results();
        ensure!(results[0].is_ok());
        ensure!(results[1].as_ref().is_err_and(Error::is_not_found));
        ensure!(matches!(results[2], Err(Error::NotAttempted { .. })), "{:?}", results[2]);
        ensure!(matches!(results[3], Err(Error::Config { .. })), "{:?}", results[3]);
        let mut batch = conn.batch();
        batch.stop_at_first_error(true);
        batch.create_session(&ppp(&tunnel, 0)).create_session(&ppp(&tunnel, 2));
        let results = batch.run()?.into_results();
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
    let mut batch = conn.batch();
    batch.delete_tunnel(TunnelId(1)).delete_session((TunnelId(1), SessionId(10)));
    let report = batch.run()?;
    ensure!(report.results()[0].is_ok());
    // Whether session 10 of tunnel 1 was still there is a race; that of tunnel 2 must be.
    conn.get_session_info((TunnelId(2), SessionId(10))).context("the other tunnel's session")?;
    Ok(())
}

fn it_can_be_used_again() -> Result<()> {
    let (_net, mut conn, tunnel) = tunnel()?;
    let mut batch = conn.batch();
    batch.create_session(&ppp(&tunnel, 1)).create_session(&ppp(&tunnel, 1));
    ensure!(batch.run()?.errors().count() == 1);
    ensure!(batch.is_empty());
    batch.create_session(&ppp(&tunnel, 2));
    ensure!(batch.run()?.is_ok());
    conn.noop()?;
    ensure!(conn.sessions()?.count() == 2);
    Ok(())
}

fn an_empty_batch_does_nothing() -> Result<()> {
    let (_net, mut conn, _) = tunnel()?;
    let report = conn.batch().run()?;
    ensure!(report.results().is_empty() && report.is_ok());
    Ok(())
}
