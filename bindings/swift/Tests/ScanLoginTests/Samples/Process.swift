import ScanLogin

/// In the app's init().
func start(write: @escaping @Sendable (String) -> Void) {
    Task { await ScanLoginClient.load() }
    ScanLoginClient.setLogSink { level, target, text in
        if level != .debug { write("\(target): \(text)") }
    }
}
