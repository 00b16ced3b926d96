import Foundation
import ScanLogin
import Testing

/// The median of many runs, in microseconds.
private func median(_ runs: Int, _ run: () -> Void) -> Double {
    var times: [UInt64] = []
    for _ in 0..<runs + runs / 10 {
        let start = DispatchTime.now().uptimeNanoseconds
        run()
        times.append(DispatchTime.now().uptimeNanoseconds - start)
    }
    return Double(times.suffix(runs).sorted()[runs / 2]) / 1000
}

private func show(_ what: String, _ cost: Double) {
    print("cost: swift, \(what): \(String(format: "%.1f", cost))us")
}

@Suite(.serialized) struct CostTests {
    private func client() throws -> ScanLoginClient {
        let config = ScanLoginConfig(appId: "app", userPoolId: "pool", baseUrl: "https://example.com")
        return try ScanLoginClient(config: config, tokens: Tokens("t", "u"))
    }

    @Test func theCostsOfTheBoundary() throws {
        let client = try client()
        let code = try client.readText(text: #"{"scene":"APP_AUTH","random":"r","userPoolId":"pool"}"#)
        show("one call", median(20_000) { _ = code.expiresAtMillis() })
        let scanner = client.frameScanner()
        for (width, height) in [(1280, 720), (1920, 1080)] {
            let plane = Data(count: width * height)
            // The strides do not fit, so that the plane is passed in, and nothing more is done.
            let borrowed = median(2000) {
                _ = try? scanner.scan(CameraFrame(luma: plane, width: width, height: height, rowStride: 1))
            }
            show("a \(width)x\(height) plane, borrowed", borrowed)
            show("a \(width)x\(height) plane, copied", median(200) { _ = plane.withUnsafeBytes { Data($0) } })
            #expect(borrowed < 1000)
        }
    }

    @Test func objectsThatAreDroppedAreFreed() throws {
        func resident() throws -> Int {
            let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS") }!
            return Int(line.filter(\.isNumber))!
        }
        let client = try client()
        let filler = String(repeating: "x", count: 3000)
        let text = #"{"scene":"APP_AUTH","random":"r","userPoolId":"pool","customData":{"a":"\#(filler)"}}"#
        func round() throws {
            _ = try client.readText(text: text).customData()
            _ = client.frameScanner()
        }
        for _ in 0..<2000 { try round() }
        let before = try resident()
        for _ in 0..<10_000 { try round() }
        // 10,000 codes that were not freed would be 30 MB.
        #expect(try resident() - before < 15_000)
    }
}
