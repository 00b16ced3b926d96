import PhotosUI
import ScanLogin
import SwiftUI
import UIKit

/// The camera's preview with a hint, and the other way in: an image.
struct ScanView: View {
    let model: ApprovalModel
    @State private var camera: Camera?
    @State private var access: CameraAccess?
    @State private var isTorchOn = false
    @State private var picked: PhotosPickerItem?
    @Environment(\.openURL) private var openURL
    @Environment(\.scenePhase) private var phase

    var body: some View {
        VStack(spacing: 0) {
            ZStack {
                Color.black
                if let camera {
                    CameraPreview(camera: camera, corners: model.sight.corners)
                        .accessibilityElement()
                        .accessibilityLabel(text("preview"))
                }
            }
            Text(verbatim: hint)
                .font(.title3)
                .multilineTextAlignment(.center)
                .padding()
            HStack {
                if access == .denied {
                    Button(text("settings"), action: openSettings)
                }
                if camera?.device.hasTorch == true {
                    Toggle(text("torch"), isOn: $isTorchOn).toggleStyle(.button)
                }
                PhotosPicker(text("gallery"), selection: $picked, matching: .images)
            }
            .buttonStyle(.bordered)
            .controlSize(.large)
            .padding()
        }
        .task { await startCamera() }
        .onDisappear { camera?.stop() }
        .onChange(of: isTorchOn) { camera?.setTorch(isTorchOn) }
        .onChange(of: phase) {
            // In the background iOS switches the torch off, and nothing tells the switch.
            if phase != .active { isTorchOn = false }
        }
        .onChange(of: hint) { announce(hint) }
        .onChange(of: picked) {
            guard let item = picked else { return }
            picked = nil
            model.open { try await readCode(in: item, with: $0) }
        }
    }

    private var hint: String {
        switch access {
        case .denied: text("camera.denied")
        case CameraAccess.none?: text("camera.none")
        case .allowed, nil: model.sight.refusal?.userText() ?? text("hint.\(model.sight.hint.rawValue)")
        }
    }

    private func startCamera() async {
        access = await CameraAccess.ask()
        guard access == .allowed, camera == nil else { return }
        camera = Camera(model.makeFrameScanner()) { [model] result, size in
            Task { @MainActor in model.saw(result, frameSize: size) }
        }
        if camera == nil { access = CameraAccess.none }
        camera?.start()
    }

    private func openSettings() {
        if let settings = URL(string: UIApplication.openSettingsURLString) { openURL(settings) }
    }
}

/// Says something in VoiceOver.
@MainActor func announce(_ what: String) { UIAccessibility.post(notification: .announcement, argument: what) }
