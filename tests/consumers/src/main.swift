import Foundation
import ScanLogin

let config = ScanLoginConfig(appID: "app", userPoolID: "pool", baseURL: URL(string: "https://example.genauth.ai")!)
print("made a configuration for \(config.baseURL)")
