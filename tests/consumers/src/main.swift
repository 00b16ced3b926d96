import ScanLogin

let config = ScanLoginConfig(appId: "app", userPoolId: "pool", baseUrl: "https://example.genauth.ai")
print("made a configuration for \(config.baseUrl)")
