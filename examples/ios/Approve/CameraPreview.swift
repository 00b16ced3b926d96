import AVFoundation
import SwiftUI
import UIKit

/// What the camera sees, with an outline around the code in it.
struct CameraPreview: UIViewRepresentable {
    let camera: Camera
    /// As parts of the camera's frame.
    let corners: [CGPoint]

    func makeUIView(context: Context) -> PreviewView { PreviewView(camera: camera) }

    func updateUIView(_ view: PreviewView, context: Context) { view.show(corners) }
}

final class PreviewView: UIView {
    private let preview: AVCaptureVideoPreviewLayer
    private let outline = CAShapeLayer()
    private let rotation: AVCaptureDevice.RotationCoordinator
    private var turning: NSKeyValueObservation?
    private var corners: [CGPoint] = []

    init(camera: Camera) {
        preview = AVCaptureVideoPreviewLayer(session: camera.session)
        rotation = AVCaptureDevice.RotationCoordinator(device: camera.device, previewLayer: preview)
        super.init(frame: .zero)
        preview.videoGravity = .resizeAspect
        outline.fillColor = nil
        outline.strokeColor = UIColor.green.cgColor
        outline.lineWidth = 4
        layer.addSublayer(preview)
        layer.addSublayer(outline)
        turning = rotation.observe(\.videoRotationAngleForHorizonLevelPreview, options: .new) { [weak self] _, _ in
            Task { @MainActor in self?.layOut() }
        }
    }

    required init?(coder: NSCoder) { nil }

    override func layoutSubviews() {
        super.layoutSubviews()
        layOut()
    }

    func show(_ corners: [CGPoint]) {
        self.corners = corners
        draw()
    }

    private func layOut() {
        preview.frame = bounds
        outline.frame = bounds
        preview.connection?.videoRotationAngle = rotation.videoRotationAngleForHorizonLevelPreview
        draw()
    }

    /// The layer knows how it turns, mirrors and scales what the camera sees.
    private func draw() {
        let path = CGMutablePath()
        if !corners.isEmpty {
            path.addLines(between: corners.map { preview.layerPointConverted(fromCaptureDevicePoint: $0) })
            path.closeSubpath()
        }
        outline.path = path
    }
}
