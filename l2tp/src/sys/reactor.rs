//! Sockets that wait in the reactors of tokio's runtimes.

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::runtime::{Handle, Id};
use tokio::time::{self, Sleep};

/// A non-blocking socket, and its registrations in the reactors of the runtimes that have waited
/// for it.
///
/// It is registered at the first wait in a runtime. A reactor only wakes tasks for registered
/// sockets.
#[derive(Debug)]
pub(crate) struct Waiting<S> {
    /// Declared before the socket, so that they are dropped before it is closed.
    registrations: Mutex<Vec<Registration>>,
    socket: S,
}

/// The socket's registration in a runtime. Apart from its owner, only futures that borrow the
/// socket hold it.
#[derive(Debug)]
struct Registration {
    runtime: Id,
    registered: Arc<AsyncFd<RawFd>>,
}

impl<S: AsRawFd> Waiting<S> {
    /// The socket must be non-blocking, and its file descriptor must not change.
    pub(crate) fn new(socket: S) -> Self {
        Self { registrations: Mutex::default(), socket }
    }

    pub(crate) fn get_ref(&self) -> &S {
        &self.socket
    }

    pub(crate) fn into_inner(self) -> S {
        self.socket
    }

    /// Tries a call, and repeats it each time the reactor of the current runtime reports that the
    /// socket is ready.
    #[inline]
    pub(crate) async fn attempt<T>(
        &self,
        interest: Interest,
        mut call: impl FnMut(&S) -> io::Result<T>,
    ) -> io::Result<T> {
        match call(&self.socket) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.registration()?.async_io(interest, |_| call(&self.socket)).await
            }
            done => done,
        }
    }

    /// Fails if the current runtime could not wait for the socket.
    pub(crate) fn check_reactor(&self) -> io::Result<()> {
        current()?;
        self.register().map(drop)
    }

    fn registration(&self) -> io::Result<Arc<AsyncFd<RawFd>>> {
        let runtime = current()?.id();
        let mut registrations = self.registrations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(registration) =
            registrations.iter().find(|registration| registration.runtime == runtime)
        {
            return Ok(Arc::clone(&registration.registered));
        }
        // The reactor of another runtime may have stopped. A registration in which a task still
        // waits is kept: a file descriptor can have only one in each reactor.
        registrations.retain(|registration| Arc::strong_count(&registration.registered) > 1);
        let registered = Arc::new(self.register()?);
        registrations.push(Registration { runtime, registered: Arc::clone(&registered) });
        Ok(registered)
    }

    fn register(&self) -> io::Result<AsyncFd<RawFd>> {
        let fd = self.socket.as_raw_fd();
        let register = || {
            // SAFETY: the file descriptor belongs to the socket and is not closed while this is
            // registered: the registrations are dropped before the socket, or with a future that
            // borrows it.
            unsafe { AsyncFd::register(fd) }
        };
        let registered = available(
            register,
            "the tokio runtime has no input/output driver: build \
                                              it with enable_io() or enable_all()",
        )?;
        Ok(registered?)
    }
}

/// A timer of the current runtime, if it has timers.
pub(crate) fn timer(time: Duration) -> io::Result<Sleep> {
    current()?;
    available(
        || time::sleep(time),
        "the tokio runtime has no timers: build it with enable_time() or enable_all()",
    )
}

fn current() -> io::Result<Handle> {
    Handle::try_current().map_err(|_| unsupported("it has to be in a tokio runtime"))
}

/// The result of `make`, or an error if it panics because the runtime lacks the driver. Tokio
/// offers no other way to detect that.
fn available<T>(make: impl FnOnce() -> T, missing: &'static str) -> io::Result<T> {
    catch_unwind(AssertUnwindSafe(make)).map_err(|_| unsupported(missing))
}

fn unsupported(text: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, text)
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::thread;

    use tokio::runtime::{Builder, Runtime};

    use super::*;

    /// A limit that is longer than the test takes on any machine.
    const LONG: Duration = Duration::from_secs(60);

    fn runtime() -> Runtime {
        Builder::new_current_thread().enable_all().build().unwrap()
    }

    /// Two sockets that are connected to each other.
    fn sockets() -> (Waiting<UdpSocket>, UdpSocket) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        let other = UdpSocket::bind("127.0.0.1:0").unwrap();
        other.connect(socket.local_addr().unwrap()).unwrap();
        (Waiting::new(socket), other)
    }

    async fn receive(waiting: &Waiting<UdpSocket>) -> io::Result<usize> {
        let receive = |socket: &UdpSocket| socket.recv(&mut [0; 8]);
        time::timeout(LONG, waiting.attempt(Interest::READABLE, receive)).await?
    }

    /// Receives a datagram that is sent only after the wait has begun.
    async fn receive_late(waiting: &Waiting<UdpSocket>, other: &UdpSocket) {
        let send = async {
            time::sleep(Duration::from_millis(5)).await;
            other.send(&[1; 3]).unwrap();
        };
        let mut receive = std::pin::pin!(receive(waiting));
        let received = tokio::select! {
            biased;
            received = receive.as_mut() => panic!("{received:?} before anything was sent"),
            () = send => receive.await,
        };
        assert_eq!(received.unwrap(), 3);
    }

    #[test]
    fn a_socket_works_after_the_end_of_its_first_runtime() {
        let (waiting, other) = sockets();
        for _ in 0..3 {
            runtime().block_on(receive_late(&waiting, &other));
        }
        assert_eq!(waiting.registrations.lock().unwrap().len(), 1);
    }

    /// The reactor of the first runtime does not run meanwhile.
    #[test]
    fn a_socket_waits_in_the_runtime_that_uses_it() {
        let (waiting, other) = sockets();
        let runtimes = [runtime(), runtime()];
        for runtime in runtimes.iter().cycle().take(6) {
            runtime.block_on(receive_late(&waiting, &other));
        }
        assert_eq!(waiting.registrations.lock().unwrap().len(), 1);
    }

    #[test]
    fn a_socket_waits_in_several_runtimes_at_once() {
        let (waiting, other) = sockets();
        thread::scope(|scope| {
            let waits: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        runtime().block_on(async {
                            // Twice, so that a runtime also finds its own registration among
                            // others.
                            for _ in 0..2 {
                                receive(&waiting).await.unwrap();
                            }
                        });
                    })
                })
                .collect();
            while waits.iter().any(|wait| !wait.is_finished()) {
                other.send(&[1; 3]).unwrap();
                thread::sleep(Duration::from_millis(1));
            }
        });
    }

    /// Whether a future is pending.
    async fn is_pending(mut future: std::pin::Pin<&mut impl Future>) -> bool {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(future.as_mut().poll(context).is_pending())
        })
        .await
    }

    /// The reactor would reject a second registration of the file descriptor.
    #[test]
    fn a_registration_is_kept_while_a_task_waits_in_it() {
        let (waiting, other) = sockets();
        runtime().block_on(async {
            let mut one = std::pin::pin!(receive(&waiting));
            assert!(is_pending(one.as_mut()).await);
            let elsewhere = || {
                runtime().block_on(async { is_pending(std::pin::pin!(receive(&waiting))).await })
            };
            assert!(thread::scope(|scope| scope.spawn(elsewhere).join()).unwrap());
            let mut two = std::pin::pin!(receive(&waiting));
            assert!(is_pending(two.as_mut()).await);
            for _ in 0..2 {
                other.send(&[1; 3]).unwrap();
            }
            assert_eq!((one.await.unwrap(), two.await.unwrap()), (3, 3));
        });
    }

    #[test]
    fn into_inner_returns_the_socket() {
        let (waiting, other) = sockets();
        runtime().block_on(receive_late(&waiting, &other));
        let socket = waiting.into_inner();
        other.send(&[1; 3]).unwrap();
        socket.set_nonblocking(false).unwrap();
        assert_eq!(socket.recv(&mut [0; 8]).unwrap(), 3);
    }

    fn text(checked: io::Result<()>) -> String {
        let error = checked.expect_err("it could not wait");
        assert_eq!(error.kind(), io::ErrorKind::Unsupported);
        error.to_string()
    }

    #[test]
    fn a_runtime_without_drivers_is_named_in_the_error() {
        let (waiting, _other) = sockets();
        assert!(text(waiting.check_reactor()).contains("in a tokio runtime"));
        assert!(text(timer(Duration::ZERO).map(drop)).contains("in a tokio runtime"));
        let check = |builder: &mut Builder| {
            let check = || waiting.check_reactor().and_then(|()| timer(Duration::ZERO).map(drop));
            builder.build().unwrap().block_on(async { check() })
        };
        let new = Builder::new_current_thread;
        assert!(text(check(&mut new())).contains("enable_io()"));
        assert!(text(check(new().enable_time())).contains("enable_io()"));
        assert!(text(check(new().enable_io())).contains("enable_time()"));
        check(new().enable_all()).unwrap();
        assert_eq!(waiting.registrations.lock().unwrap().len(), 0, "the reactor knows the socket");
    }

    /// The socket was opened in another runtime.
    #[test]
    fn an_impossible_wait_fails_without_a_panic() {
        let (waiting, _other) = sockets();
        let runtime = Builder::new_current_thread().build().unwrap();
        let wait = |socket: &UdpSocket| socket.recv(&mut [0; 8]);
        let waited = runtime.block_on(waiting.attempt(Interest::READABLE, wait));
        assert!(text(waited.map(drop)).contains("enable_io()"));
    }
}
