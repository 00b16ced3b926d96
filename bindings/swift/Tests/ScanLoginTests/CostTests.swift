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
    @Test func theCostsOfTheBoundary() async throws {
        let server = try Server()
        show("the first client, when nothing ran before", median(1) { _ = try? ScanLoginClient(server.config(), tokens: Tokens("t", "u")) })
        let client = try await server.client()
        let login = try await server.login(client)
        let text = #"{"scene":"APP_AUTH","random":"r","userPoolId":"\#(server.pool)"}"#
        show("a code's expiry", median(20_000) { _ = login.code.expiresAt })
        show("a code is read from a text", median(5000) { _ = try? client.readText(text) })
        show("an error is thrown", median(5000) { _ = try? client.readText("x") })
        show("a login's progress", median(20_000) { _ = login.currentProgress })
        show("a further client", median(50) { _ = try? ScanLoginClient(server.config(), tokens: Tokens("t", "u")) })
        let scanner = client.makeFrameScanner()
        for (width, height) in [(1280, 720), (1920, 1080)] {
            let plane = Data(count: width * height)
            // Of the plane one pixel is the picture, so that all of it is passed in, and nothing more is done.
            let borrowed = median(2000) {
                _ = scanner.scan(CameraFrame(luma: plane, width: 1, height: 1, rowStride: width))
            }
            show("a \(width)x\(height) plane, borrowed", borrowed)
            show("a \(width)x\(height) plane, copied", median(200) { _ = plane.withUnsafeBytes { Data($0) } })
            #expect(borrowed < 1000)
        }
    }
}
