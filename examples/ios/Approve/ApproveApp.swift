import ScanLogin
import SwiftUI

@main struct ApproveApp: App {
    @State private var model = ApprovalModel(client: makeClient())
    @Environment(\.scenePhase) private var phase

    var body: some Scene {
        WindowGroup {
            ContentView(model: model)
        }
        .onChange(of: phase) {
            if phase == .active { model.becameActive() }
        }
    }
}

/// One screen after the other. SwiftUI keeps the model when the phone is turned.
struct ContentView: View {
    let model: ApprovalModel

    var body: some View {
        switch model.screen {
        case .scanning: ScanView(model: model)
        case .opening: ProgressView(text("busy"))
        case .failed(let error): ProblemView(model: model, title: text("failed"), error: error)
        case .deciding(let question): DecisionView(model: model, question: question)
        case .ended(let ending): EndView(model: model, ending: ending)
        }
    }
}

/// The texts are in Localizable.strings.
func text(_ key: String) -> String { NSLocalizedString(key, comment: "") }
