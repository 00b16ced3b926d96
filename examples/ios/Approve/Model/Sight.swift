import Foundation
import ScanLogin

/// What the user is told while the camera looks.
enum Hint: String, CaseIterable { case aim, unread, closer, still, dark, found }

/// What the camera saw last, for the screen.
struct Sight: Equatable {
    private(set) var hint = Hint.aim
    /// Why the code in view cannot be used; shown in place of the hint.
    private(set) var refusal: ScanLoginError?
    /// The corners of the code that was seen, as parts of the frame's width and height: 0 to 1 from the top left.
    private(set) var corners: [CGPoint] = []
    private var seen = Hint.aim
    private var frames = 0

    mutating func take(_ result: FrameResult, frameSize: CGSize) {
        let parts = { (corners: [CGPoint]) in
            corners.map { CGPoint(x: $0.x / frameSize.width, y: $0.y / frameSize.height) }
        }
        switch result {
        case .found(_, let corners): self = Sight(hint: .found, corners: parts(corners))
        case .refused(let error): self = Sight(refusal: error)
        // What was said about it still holds.
        case .stillInView: frames = 0
        case .codeSeenButUnread(let corners): take(.unread, parts(corners))
        case .tooSmall(let corners): take(.closer, parts(corners))
        case .blurred(let corners): take(.still, parts(corners))
        case .tooDark: take(.dark, [])
        case .nothingSeen: take(.aim, [])
        }
    }

    /// Frames differ from one to the next. A hint is shown once several in a row give it, so that it can be read, and spoken.
    private mutating func take(_ now: Hint, _ corners: [CGPoint]) {
        frames = now == seen ? frames + 1 : 1
        seen = now
        if frames >= Self.steadyFrames { (hint, refusal) = (now, nil) }
        self.corners = corners
    }

    private static let steadyFrames = 6
}
