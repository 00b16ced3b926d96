import CoreVideo
import Foundation
import ScanLogin
import Testing

private func frame(_ plane: Data) -> CameraFrame {
    CameraFrame(luma: plane, width: 1280, height: 720, rowStride: 1344)
}

@Suite struct FrameTests {
    @Test func aPaddedCameraPlaneIsReadAndReportedOnce() async throws {
        let server = try Server()
        let plane = try await server.plane(try await server.makeCode())
        let scanner = try await server.client().frameScanner()
        guard case .found(let code) = try scanner.scan(frame(plane)) else {
            Issue.record("nothing found")
            return
        }
        #expect(code.userPoolId() == server.pool)
        guard case .stillInView = try scanner.scan(frame(plane)) else {
            Issue.record("not in view any more")
            return
        }
    }

    @Test func aPlaneThatIsTooShortIsRefused() async throws {
        let scanner = try await Server().client().frameScanner()
        #expect(throws: ScanLoginError.UnreadablePicture(flaw: .badLayout)) { try scanner.scan(frame(Data(count: 100))) }
        let negative = CameraFrame(luma: Data(count: 100), width: -1, height: 10, rowStride: 10)
        #expect(throws: ScanLoginError.UnreadablePicture(flaw: .badLayout)) { try scanner.scan(negative) }
    }

    @Test func aSequenceOfFramesGoesOnAfterARefusalAndDropsWhatComesTooFast() async throws {
        let server = try Server()
        let plane = try await server.plane(try await server.makeCode())
        let theirs = try await server.plane(try await server.makeCode(pool: "65a1b2c3d4e5f60718293c5d"))
        let scanner = try await server.client().frameScanner()
        let (frames, camera) = AsyncStream.makeStream(of: CameraFrame.self)
        camera.yield(frame(theirs))
        var found = 0
        var results = 0
        for await result in scanner.results(of: frames) {
            results += 1
            switch result {
            case .failure(let refusal):
                #expect(refusal == .WrongUserPool(found: "65a1b2c3d4e5f60718293c5d"))
                for _ in 0..<100 { camera.yield(frame(plane)) }
                camera.finish()
            case .success(.found): found += 1
            case .success: break
            }
        }
        #expect(found == 1)
        #expect(results < 101)
    }

    @Test func theSampleForPixelBuffersFindsTheCode() async throws {
        let server = try Server()
        var plane = try await server.plane(try await server.makeCode())
        let scanner = try await server.client().frameScanner()
        try plane.withUnsafeMutableBytes { bytes in
            let buffer = CVPixelBuffer(plane: bytes.baseAddress!, width: 1280, height: 720, bytesPerRow: 1344)
            guard case .found = try scanner.scan(buffer) else {
                Issue.record("nothing found")
                return
            }
            #expect(buffer.locks == 0)
        }
    }
}
