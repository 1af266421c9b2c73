//! Sockets in the reactors of tokio's runtimes.

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::runtime::{Handle, Id};
use tokio::time::{self, Sleep};

/// A non-blocking socket, and its places in the reactors of the runtimes that have waited for it.
///
/// A place is had at the first wait in a runtime. Without one the reactor is not woken by what is
/// received.
#[derive(Debug)]
pub(crate) struct Waiting<S> {
    /// Before the socket, so that they are given up before it is closed.
    places: Mutex<Vec<Place>>,
    socket: S,
}

/// The socket's place in a runtime. Only futures that borrow the socket hold it beside its owner.
#[derive(Debug)]
struct Place {
    runtime: Id,
    registered: Arc<AsyncFd<RawFd>>,
}

impl<S: AsRawFd> Waiting<S> {
    /// The socket must be non-blocking, and keep its descriptor.
    pub(crate) fn new(socket: S) -> Self {
        Self { places: Mutex::default(), socket }
    }

    pub(crate) fn get_ref(&self) -> &S {
        &self.socket
    }

    pub(crate) fn into_inner(self) -> S {
        self.socket
    }

    /// Tries a call, and again whenever the reactor of the current runtime says that it may
    /// succeed.
    #[inline]
    pub(crate) async fn attempt<T>(
        &self,
        interest: Interest,
        mut call: impl FnMut(&S) -> io::Result<T>,
    ) -> io::Result<T> {
        match call(&self.socket) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.place()?.async_io(interest, |_| call(&self.socket)).await
            }
            done => done,
        }
    }

    /// Fails if the current runtime could not wait for the socket.
    pub(crate) fn check_reactor(&self) -> io::Result<()> {
        current()?;
        self.register().map(drop)
    }

    fn place(&self) -> io::Result<Arc<AsyncFd<RawFd>>> {
        let runtime = current()?.id();
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = places.iter().find(|place| place.runtime == runtime) {
            return Ok(Arc::clone(&place.registered));
        }
        // In another runtime nobody may drive the reactor any more. Where somebody waits yet, the
        // place is left: a descriptor can have only one in a reactor.
        places.retain(|place| Arc::strong_count(&place.registered) > 1);
        let registered = Arc::new(self.register()?);
        places.push(Place { runtime, registered: Arc::clone(&registered) });
        Ok(registered)
    }

    fn register(&self) -> io::Result<AsyncFd<RawFd>> {
        let fd = self.socket.as_raw_fd();
        let register = || {
            // SAFETY: the descriptor is the socket's, which keeps it and is not closed while this
            // is registered: places are dropped before it, and with a future that borrows it.
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

/// A timer of the current runtime, if it has any.
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

/// What the runtime makes, unless it panics because it lacks the driver; it offers no other way to
/// learn of that.
fn available<T>(make: impl FnOnce() -> T, missing: &'static str) -> io::Result<T> {
    catch_unwind(AssertUnwindSafe(make)).map_err(|_| unsupported(missing))
}

fn unsupported(words: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, words)
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::thread;

    use tokio::runtime::{Builder, Runtime};

    use super::*;

    /// Longer than it takes on any machine.
    const LONG: Duration = Duration::from_secs(60);

    fn runtime() -> Runtime {
        Builder::new_current_thread().enable_all().build().unwrap()
    }

    /// A socket, and another that is connected to it.
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

    /// A wait that ends only when something is sent, which is not until it has begun.
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
    fn a_socket_outlives_the_runtime_in_which_it_first_waited() {
        let (waiting, other) = sockets();
        for _ in 0..3 {
            runtime().block_on(receive_late(&waiting, &other));
        }
        assert_eq!(waiting.places.lock().unwrap().len(), 1);
    }

    /// Nobody drives the reactor of the first meanwhile.
    #[test]
    fn a_socket_waits_in_whichever_runtime_it_is_used() {
        let (waiting, other) = sockets();
        let runtimes = [runtime(), runtime()];
        for runtime in runtimes.iter().cycle().take(6) {
            runtime.block_on(receive_late(&waiting, &other));
        }
        assert_eq!(waiting.places.lock().unwrap().len(), 1);
    }

    #[test]
    fn a_socket_waits_in_several_runtimes_at_once() {
        let (waiting, other) = sockets();
        thread::scope(|scope| {
            let waits: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        runtime().block_on(async {
                            // Twice, so that a runtime may find its own place among others.
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

    /// Whether a future has to be waited for.
    async fn is_pending(mut future: std::pin::Pin<&mut impl Future>) -> bool {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(future.as_mut().poll(context).is_pending())
        })
        .await
    }

    /// The reactor would refuse the descriptor a second place.
    #[test]
    fn a_place_stays_while_somebody_waits_in_it() {
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
    fn the_socket_is_given_back() {
        let (waiting, other) = sockets();
        runtime().block_on(receive_late(&waiting, &other));
        let socket = waiting.into_inner();
        other.send(&[1; 3]).unwrap();
        socket.set_nonblocking(false).unwrap();
        assert_eq!(socket.recv(&mut [0; 8]).unwrap(), 3);
    }

    fn words(checked: io::Result<()>) -> String {
        let error = checked.expect_err("it could not wait");
        assert_eq!(error.kind(), io::ErrorKind::Unsupported);
        error.to_string()
    }

    #[test]
    fn what_could_not_wait_is_refused_in_words() {
        let (waiting, _other) = sockets();
        assert!(words(waiting.check_reactor()).contains("in a tokio runtime"));
        assert!(words(timer(Duration::ZERO).map(drop)).contains("in a tokio runtime"));
        let check = |builder: &mut Builder| {
            let check = || waiting.check_reactor().and_then(|()| timer(Duration::ZERO).map(drop));
            builder.build().unwrap().block_on(async { check() })
        };
        let new = Builder::new_current_thread;
        assert!(words(check(&mut new())).contains("enable_io()"));
        assert!(words(check(new().enable_time())).contains("enable_io()"));
        assert!(words(check(new().enable_io())).contains("enable_time()"));
        check(new().enable_all()).unwrap();
        assert_eq!(waiting.places.lock().unwrap().len(), 0, "the reactor knows the socket");
    }

    /// It was opened in another runtime.
    #[test]
    fn a_wait_that_is_impossible_fails_without_panic() {
        let (waiting, _other) = sockets();
        let runtime = Builder::new_current_thread().build().unwrap();
        let wait = |socket: &UdpSocket| socket.recv(&mut [0; 8]);
        let waited = runtime.block_on(waiting.attempt(Interest::READABLE, wait));
        assert!(words(waited.map(drop)).contains("enable_io()"));
    }
}
