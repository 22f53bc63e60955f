//! Pages that stay in doubt are drawn small, and judged by the dots.
//!
//! The `hayro` library draws them, in a thread of its own: it knows no limit on
//! time, so that whoever waits for it must be able to stop waiting. A thread
//! that is given up works on until the library returns; the process that this
//! runs in ends sooner, or has a limit on processor time.

use crate::colour::DOT_PT;
use crate::limits::Budget;
use crate::system::ThreadClock;
use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_interpret::{InterpreterSettings, InterpreterWarning, RenderContent};
use hayro::kurbo::Affine;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings, render_into};
use hayro_syntax::Pdf;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// The sides of the largest rendering; larger pages are drawn smaller.
/// *Units*: dots.
const MAX_SIDE: f64 = 1000.0;
/// The most that one page may take.
const MAX_TIME: Duration = Duration::from_millis(800);
/// The longest that it is waited for on a busy machine.
const MAX_WAIT: Duration = Duration::from_secs(8);
/// How often the time is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Nested forms of a hostile page take much of it.
const STACK_BYTES: usize = 16 << 20;

/// What is to be drawn.
#[derive(Clone, Copy)]
pub(super) struct Request {
    /// The page's place among the library's pages.
    pub(super) page: usize,
    /// Dots for a point of the page's own space.
    pub(super) scale: f64,
    pub(super) annotations: bool,
}

/// What a rendering shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// The largest difference between red, green and blue of any dot.
    pub(super) chroma: u8,
    /// Something could not be drawn.
    pub(super) incomplete: bool,
}

/// Draws pages of one document.
pub(super) struct Renderer {
    document: Arc<Pdf>,
    worker: Option<Worker>,
    /// It did not return in time, or crashed: nothing more is asked of it.
    given_up: bool,
}

struct Worker {
    requests: SyncSender<Request>,
    answers: Receiver<Answer>,
    /// What it has used, as the system says.
    clock: ThreadClock,
}

/// What was seen, and the processor time that it took.
type Answer = (Option<Seen>, Duration);

impl Renderer {
    pub(super) fn new(document: Arc<Pdf>) -> Self {
        Self {
            document,
            worker: None,
            given_up: false,
        }
    }

    /// Draws a page; none when it can't be, or takes too long.
    pub(super) fn look(&mut self, request: Request, budget: &Budget) -> Option<Seen> {
        if self.given_up {
            return None;
        }
        let document = &self.document;
        if self.worker.is_none() {
            self.worker = Worker::start(document.clone());
        }
        let answer = self.worker.as_ref().and_then(|worker| {
            worker.requests.send(request).ok()?;
            worker.wait(budget.left().min(MAX_TIME))
        });
        match answer {
            Some((seen, used)) => {
                budget.spend(used);
                seen
            }
            None => {
                self.given_up = true;
                budget.spend(MAX_TIME);
                None
            }
        }
    }
}

impl Worker {
    fn start(document: Arc<Pdf>) -> Option<Self> {
        let (requests, inbox) = sync_channel(1);
        let (outbox, answers) = sync_channel(1);
        let (clock, clocks) = sync_channel(1);
        std::thread::Builder::new()
            .name("rendering".into())
            .stack_size(STACK_BYTES)
            .spawn(move || {
                let _ = clock.send(ThreadClock::of_this_thread());
                work(&document, &inbox, &outbox);
            })
            .ok()?;
        Some(Self {
            requests,
            answers,
            clock: clocks.recv().ok()?,
        })
    }

    /// Waits until it answers or has used that much processor time: a machine
    /// busy with other things must not make a page unknown.
    fn wait(&self, patience: Duration) -> Option<Answer> {
        let (started, before) = (Instant::now(), self.clock.used());
        loop {
            match self.answers.recv_timeout(LOOK_EVERY) {
                Ok(answer) => return Some(answer),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {}
            }
            let waited = started.elapsed();
            let used = match (before, self.clock.used()) {
                (Some(before), Some(now)) => now.saturating_sub(before),
                _ => waited,
            };
            if used >= patience || waited >= MAX_WAIT {
                return None;
            }
        }
    }
}

fn work(document: &Pdf, inbox: &Receiver<Request>, outbox: &SyncSender<Answer>) {
    let incomplete = Arc::new(AtomicBool::new(false));
    let noticed = incomplete.clone();
    let settings = InterpreterSettings {
        warning_sink: Arc::new(move |warning| {
            if matches!(warning, InterpreterWarning::ImageDecodeFailure) {
                noticed.store(true, Ordering::Relaxed);
            }
        }),
        ..InterpreterSettings::default()
    };
    let cache = RenderCache::new();
    while let Ok(request) = inbox.recv() {
        let before = crate::limits::processor_time();
        incomplete.store(false, Ordering::Relaxed);
        let drawn = catch_unwind(AssertUnwindSafe(|| {
            draw(document, request, &cache, &settings)
        }));
        let seen = drawn.ok().flatten().map(|chroma| Seen {
            chroma,
            incomplete: incomplete.load(Ordering::Relaxed),
        });
        let used = crate::limits::processor_time().saturating_sub(before);
        if outbox.send((seen, used)).is_err() {
            return;
        }
    }
}

fn draw<'a>(
    document: &'a Pdf,
    request: Request,
    cache: &RenderCache<'a>,
    settings: &InterpreterSettings,
) -> Option<u8> {
    let page = document.pages().get(request.page)?;
    let (width, height) = page.render_dimensions();
    let (width, height) = (f64::from(width), f64::from(height));
    let scale = request
        .scale
        .min(MAX_SIDE / width.max(height))
        .max(1.0 / width.max(height));
    let side = |points: f64| (points * scale).ceil().clamp(1.0, MAX_SIDE) as u16;
    let mut context = RenderContext::new(side(width), side(height));
    let mut settings = settings.clone();
    settings.render_content = if request.annotations {
        RenderContent::all()
    } else {
        RenderContent::PAGE
    };
    let transform = Affine::scale(scale) * page.initial_transform(true).to_kurbo();
    render_into(
        page,
        cache,
        &settings,
        &RenderSettings::default(),
        &mut context,
        transform,
    );
    context.flush();
    let mut pixmap = Pixmap::new(context.width(), context.height());
    context.render_with(
        &mut pixmap,
        &mut Resources::default(),
        RasterizerSettings {
            target_init: TargetInit::Clear(WHITE),
            ..RasterizerSettings::default()
        },
    );
    let chroma = |dot: &[u8]| {
        let [red, green, blue] = [dot[0], dot[1], dot[2]];
        red.max(green).max(blue) - red.min(green).min(blue)
    };
    pixmap.data_as_u8_slice().chunks_exact(4).map(chroma).max()
}

/// Dots for a point of a page whose unit is that many points.
pub(super) fn scale(unit: f64) -> f64 {
    unit / DOT_PT
}
