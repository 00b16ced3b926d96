/// Minutes and seconds.
func clock(_ seconds: Int) -> String { "\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)" }

/// Whether VoiceOver says the time left by itself. Once a second, nothing else could be heard.
func isSpoken(_ seconds: Int) -> Bool { [60, 30, 10].contains(seconds) }
