use super::*;

fn square(x: f32, y: f32, side: f32) -> Path {
    PathBuilder::from_rect(Rect::from_xywh(x, y, side, side).unwrap())
}

fn fill(canvas: &mut Canvas, path: &Path, rgba: [f64; 4], clip: &Clip) {
    let base = canvas.base();
    canvas.fill(path, FillRule::Winding, base, &Ink::solid(rgba), clip);
}

const RED: [f64; 4] = [1.0, 0.0, 0.0, 1.0];
const BLACK: [f64; 4] = [0.0, 0.0, 0.0, 1.0];

#[test]
fn only_what_stays_to_be_seen_is_colour() {
    let mut canvas = Canvas::new(100.0, 100.0);
    fill(
        &mut canvas,
        &square(0.0, 0.0, 100.0),
        BLACK,
        &Clip::default(),
    );
    assert_eq!(canvas.verdict(), (false, JudgedBy::Drawn));
    fill(
        &mut canvas,
        &square(10.0, 10.0, 20.0),
        RED,
        &Clip::default(),
    );
    assert_eq!(canvas.verdict(), (true, JudgedBy::Drawn));
    fill(
        &mut canvas,
        &square(0.0, 0.0, 50.0),
        BLACK,
        &Clip::default(),
    );
    assert_eq!(canvas.verdict(), (false, JudgedBy::Drawn));
}

#[test]
fn what_is_faint_clipped_or_beside_the_page_is_not_colour() {
    let mut canvas = Canvas::new(100.0, 100.0);
    fill(
        &mut canvas,
        &square(10.0, 10.0, 9.0),
        [1.0, 0.0, 0.0, 0.05],
        &Clip::default(),
    );
    fill(
        &mut canvas,
        &square(200.0, 10.0, 9.0),
        RED,
        &Clip::default(),
    );
    let apart = Clip::default().within(Some(square(30.0, 30.0, 5.0)), FillRule::Winding);
    fill(&mut canvas, &square(0.0, 0.0, 20.0), RED, &apart);
    let nothing = Clip::default().within(None, FillRule::Winding);
    fill(&mut canvas, &square(0.0, 0.0, 20.0), RED, &nothing);
    // A speck of a hundredth of a dot.
    fill(&mut canvas, &square(50.0, 50.0, 0.2), RED, &Clip::default());
    assert_eq!(canvas.verdict(), (false, JudgedBy::Drawn));
    let through = Clip::default().within(Some(square(5.0, 5.0, 5.0)), FillRule::Winding);
    fill(&mut canvas, &square(0.0, 0.0, 20.0), RED, &through);
    assert!(canvas.verdict().0);
}

#[test]
fn chroma_does_not_depend_on_the_grey_beneath() {
    // The reason why neutral paint may be left out at first.
    for beneath in [[0.0; 3], [1.0; 3]] {
        let mut dots = Pixmap::new(1, 1).unwrap();
        dots.fill(colour([beneath[0], beneath[1], beneath[2], 1.0]));
        let ink = Ink::solid([0.2, 0.8, 0.4, 0.5]);
        let path = square(0.0, 0.0, 1.0);
        ink.with_paint(Transform::identity(), |paint| {
            dots.fill_path(&path, paint, FillRule::Winding, Transform::identity(), None);
        });
        let dot = dots.pixels()[0];
        let spread = dot.green() - dot.red();
        assert!((76..=77).contains(&spread), "{dot:?}");
    }
}

#[test]
fn immense_pages_and_deep_clips_are_bounded() {
    let canvas = Canvas::new(1e12, f64::INFINITY);
    assert!(canvas.size().0 <= 8000 && canvas.size().1 <= 8000);
    let canvas = Canvas::new(f64::NAN, -5.0);
    assert_eq!(canvas.size(), (1, 1));
    let mut clip = Clip::default();
    for _ in 0..100_000 {
        clip = clip.within(Some(square(0.0, 0.0, 9.0)), FillRule::Winding);
    }
    let mut canvas = Canvas::new(100.0, 100.0);
    fill(&mut canvas, &square(0.0, 0.0, 50.0), RED, &clip);
    assert!(canvas.verdict().0);
}

#[test]
fn pictures_shrink_to_the_means_of_blocks() {
    let mut shrinker = picture::Shrinker::new((4, 4), (2.0, 2.0)).unwrap();
    for row in 0..4 {
        let value = if row < 2 { 200 } else { 100 };
        shrinker.row([[value, 0, 0, 255]; 4].into_iter());
    }
    let picture = shrinker.finish(None).unwrap();
    assert_eq!((picture.dots.width(), picture.dots.height()), (2, 2));
    let reds: Vec<u8> = picture.dots.pixels().iter().map(|dot| dot.red()).collect();
    assert_eq!(reds, [200, 200, 100, 100]);
}

#[test]
fn faint_pictures_are_faint_at_their_edges_too() {
    let mut picture = Pixmap::new(2, 2).unwrap();
    picture.fill(colour(RED));
    let place = Transform::from_row(20.3, 0.0, 0.0, 20.3, 10.4, 10.4);
    for (opacity, shows) in [(0.05, false), (0.5, true)] {
        let mut canvas = Canvas::new(100.0, 100.0);
        let ink = Ink::picture(&picture, SpreadMode::Pad, opacity, place);
        let path = square(10.4, 10.4, 20.3);
        let identity = Transform::identity();
        canvas.fill(&path, FillRule::Winding, identity, &ink, &Clip::default());
        assert_eq!(canvas.verdict().0, shows);
    }
}
