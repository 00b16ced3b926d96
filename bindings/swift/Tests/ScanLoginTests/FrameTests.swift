import CoreVideo
import Foundation
import ScanLogin
import Testing

private func frame(_ plane: Data) -> CameraFrame {
    CameraFrame(luma: plane, width: 1280, height: 720, rowStride: 1344)
}

/// A frame, and many more once somebody is busy with it.
private struct Burst: AsyncSequence, Sendable {
    let frame: CameraFrame
    let busy: AsyncStream<Void>
    let taken: AsyncStream<Void>.Continuation

    struct AsyncIterator: AsyncIteratorProtocol {
        let burst: Burst
        var given = 0

        mutating func next() async -> CameraFrame? {
            if given == 1 { for await _ in burst.busy {} }
            if given == 20 {
                burst.taken.finish()
                return nil
            }
            given += 1
            return burst.frame
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(burst: self) }
}

@Suite struct FrameTests {
    @Test func aPaddedCameraPlaneIsReadAndReportedOnce() async throws {
        let server = try Server()
        let plane = try await server.plane(try await server.makeCode())
        let scanner = try await server.client().frameScanner()
        guard case .found(let code, let corners) = try scanner.scan(frame(plane)) else {
            Issue.record("nothing found")
            return
        }
        #expect(code.userPoolId() == server.pool)
        #expect(corners.count == 4)
        guard case .stillInView = try scanner.scan(frame(plane)) else {
            Issue.record("not in view any more")
            return
        }
    }

    @Test func aPlaneThatIsTooShortIsRefused() async throws {
        let scanner = try await Server().client().frameScanner()
        #expect(throws: ScanLoginError.UnreadableImage(flaw: .badLayout)) { try scanner.scan(frame(Data(count: 100))) }
        let negative = CameraFrame(luma: Data(count: 100), width: -1, height: 10, rowStride: 10)
        #expect(throws: ScanLoginError.UnreadableImage(flaw: .badLayout)) { try scanner.scan(negative) }
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

    @Test func framesThatComeWhileTheAppIsBusyWithAResultAreDropped() async throws {
        let server = try Server()
        let plane = try await server.plane(try await server.makeCode())
        let (busy, isBusy) = AsyncStream.makeStream(of: Void.self)
        let (taken, allTaken) = AsyncStream.makeStream(of: Void.self)
        let frames = Burst(frame: frame(plane), busy: busy, taken: allTaken)
        var results = 0
        for await _ in try await server.client().frameScanner().results(of: frames) {
            results += 1
            isBusy.finish()
            for await _ in taken {}
        }
        // The first, and the latest when the app was idle again.
        #expect(results == 2)
    }

    @Test func aCameraIsNotListenedToWhenNobodyAsksForResults() async throws {
        let scanner = try await Server().client().frameScanner()
        let (frames, camera) = AsyncStream.makeStream(of: CameraFrame.self)
        await confirmation { ended in
            let stopped = AsyncStream.makeStream(of: Void.self)
            camera.onTermination = { _ in
                ended()
                stopped.continuation.finish()
            }
            camera.yield(frame(Data(count: 1344 * 720)))
            for await _ in scanner.results(of: frames) { break }
            for await _ in stopped.stream {}
        }
    }

    @Test func theSampleForPixelBuffersFindsTheCode() async throws {
        let server = try Server()
        let client = try await server.client()
        let plane = try await server.plane(try await server.makeCode())
        let buffer = plane.withUnsafeBytes { CVPixelBuffer(copying: $0, width: 1280, height: 720, bytesPerRow: 1344) }
        guard case .found = try client.frameScanner().scan(CameraFrame(buffer)!) else {
            Issue.record("nothing found")
            return
        }
        #expect(buffer.locks == 0)

        let (frames, camera) = AsyncStream.makeStream(of: CameraFrame.self, bufferingPolicy: .bufferingNewest(1))
        camera.yield(CameraFrame(buffer)!)
        let code = await firstCode(client: client, frames: frames) { Issue.record($0) }
        #expect(code?.userPoolId() == server.pool)
    }
}
