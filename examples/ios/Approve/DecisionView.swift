import ScanLogin
import SwiftUI

/// Asks the user whether the web page may be signed in.
struct DecisionView: View {
    let model: ApprovalModel
    let question: Question

    var body: some View {
        ScrollView {
            VStack(alignment: .leading, spacing: 16) {
                Text(verbatim: text("ask")).font(.title).accessibilityAddTraits(.isHeader)
                Text(verbatim: text("question"))
                if let claim = question.claim {
                    // What the code's maker wrote, and anyone can make one. Verbatim, or SwiftUI would make links of Markdown.
                    Text(verbatim: String(format: text("claim"), claim))
                }
                if let seconds = question.remainingSeconds {
                    Text(verbatim: String(format: text("countdown"), clock(seconds)))
                        .monospacedDigit()
                        .accessibilityLabel(String(format: text("countdown.spoken"), seconds))
                }
                // Declining and agreeing look the same, so that neither is what one taps without reading.
                HStack(spacing: 16) {
                    Button(action: model.decline) { Text(verbatim: text("decline")).frame(maxWidth: .infinity) }
                    Button(action: model.agree) { Text(verbatim: text("agree")).frame(maxWidth: .infinity) }
                }
                .buttonStyle(.bordered)
                .controlSize(.large)
                .disabled(!question.mayDecide)
                if question.isBusy { ProgressView(text("busy")) }
                if let error = question.error { ErrorView(model: model, error: error) }
            }
            .padding()
        }
        .onChange(of: question.remainingSeconds) {
            if let seconds = question.remainingSeconds, isSpoken(seconds) {
                announce(String(format: text("countdown.spoken"), seconds))
            }
        }
    }
}

/// There is nothing to decide.
struct ProblemView: View {
    let model: ApprovalModel
    let title: String
    let error: ScanLoginError

    var body: some View {
        VStack(spacing: 16) {
            Text(verbatim: title).font(.title).accessibilityAddTraits(.isHeader)
            ErrorView(model: model, error: error)
        }
        .padding()
    }
}

/// What went wrong, and what the user can do about it.
struct ErrorView: View {
    let model: ApprovalModel
    let error: ScanLoginError

    var body: some View {
        VStack(alignment: .leading, spacing: 16) {
            Text(verbatim: error.userText())
            Button(text("next.\(next(error).rawValue)"), action: goOn).buttonStyle(.bordered).controlSize(.large)
        }
        .onAppear { announce(error.userText()) }
    }

    private func goOn() {
        switch next(error) {
        case .tryAgain: model.tryAgain()
        // An app opens its own sign-in, or its own second factor.
        case .scanAgain, .signIn, .verify, .close: model.scanAgain()
        }
    }
}

/// The login is over.
struct EndView: View {
    let model: ApprovalModel
    let ending: Ending

    var body: some View {
        VStack(spacing: 16) {
            Text(verbatim: text("ended.\(ending.rawValue)")).font(.title)
            Button(text("next.scanAgain"), action: model.scanAgain).buttonStyle(.bordered).controlSize(.large)
        }
        .padding()
        .onAppear { announce(text("ended.\(ending.rawValue)")) }
    }
}
