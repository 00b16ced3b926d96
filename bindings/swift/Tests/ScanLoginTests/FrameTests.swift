import AVFoundation
import CoreGraphics
import CoreVideo
import Foundation
import ScanLogin
import Testing

func frame(_ plane: Data) -> CameraFrame {
    CameraFrame(luma: plane, width: 1280, height: 720, rowStride: 1344)
}

/// A camera's buffer with this plane, and what a camera leaves around it.
private func buffer(_ format: OSType, _ plane: Data) -> CVPixelBuffer {
    var bytes = plane
    var bytesPerRow = 1344
    if format == kCVPixelFormatType_32BGRA {
        bytes = Data(plane.flatMap { [$0 / 2, $0, 255 - $0, 255] })
        bytesPerRow *= 4
    }
    return bytes.withUnsafeBytes { CVPixelBuffer(format: format, copying: $0, width: 1280, height: 720, bytesPerRow: bytesPerRow) }
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
        let client = try await server.client()
        let scanner = client.makeFrameScanner()
        guard case .found(let code, let corners) = scanner.scan(frame(plane)) else {
            Issue.record("nothing found")
            return
        }
        #expect(code.userPoolID == server.pool)
        #expect(corners.count == 4)
        #expect(scanner.scan(frame(plane)) == .stillInView)
        // As a still image it says the same.
        #expect(try await client.readFrame(frame(plane)) == code)
    }

    @Test func aSliceOfOtherBytesIsReadAsWell() async throws {
        let server = try Server()
        let plane = try await server.plane(try await server.makeCode())
        let slice = (Data(repeating: 7, count: 99) + plane).dropFirst(99)
        guard case .found = try await server.client().makeFrameScanner().scan(frame(slice)) else {
            Issue.record("nothing found")
            return
        }
    }

    @Test func aPlaneThatDoesNotFitIsRefused() async throws {
        let client = try await Server().client()
        let odd: [(CameraFrame, ScanLoginError.ImageFlaw)] = [
            (frame(Data(count: 100)), .badLayout), (CameraFrame(luma: Data(count: 100), width: -1, height: 10, rowStride: 10), .badLayout),
            (CameraFrame(luma: Data(count: 100), width: .max, height: .max, rowStride: .max), .tooLarge),
        ]
        for (frame, flaw) in odd {
            #expect(client.makeFrameScanner().scan(frame) == .refused(ScanLoginError(.unreadableImage(flaw))))
            let error = await thrown { try await client.readFrame(frame) } as? ScanLoginError
            #expect(error?.kind == .unreadableImage(flaw))
        }
    }

    @Test func aSequenceOfFramesGoesOnAfterARefusalAndDropsWhatComesTooFast() async throws {
        let server = try Server()
        let plane = try await server.plane(try await server.makeCode())
        let theirs = try await server.plane(try await server.makeCode(pool: "65a1b2c3d4e5f60718293c5d"))
        let (frames, camera) = AsyncStream.makeStream(of: CameraFrame.self)
        camera.yield(frame(theirs))
        var found = 0
        var results = 0
        for await result in try await server.client().scan(frames) {
            results += 1
            switch result {
            case .refused(let refusal):
                #expect(refusal.kind == .wrongUserPool(found: "65a1b2c3d4e5f60718293c5d"))
                for _ in 0..<100 { camera.yield(frame(plane)) }
                camera.finish()
            case .found: found += 1
            default: break
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
        for await _ in try await server.client().scan(frames) {
            results += 1
            isBusy.finish()
            for await _ in taken {}
        }
        // The first, and the latest when the app was idle again.
        #expect(results == 2)
    }

    @Test func aCameraIsNotListenedToWhenNobodyAsksForResults() async throws {
        let client = try await Server().client()
        let (frames, camera) = AsyncStream.makeStream(of: CameraFrame.self)
        await confirmation { ended in
            let stopped = AsyncStream.makeStream(of: Void.self)
            camera.onTermination = { _ in
                ended()
                stopped.continuation.finish()
            }
            camera.yield(frame(Data(count: 1344 * 720)))
            for await _ in client.scan(frames) { break }
            for await _ in stopped.stream {}
        }
    }

    @Test(arguments: [
        kCVPixelFormatType_420YpCbCr8BiPlanarFullRange, kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange,
        kCVPixelFormatType_OneComponent8, kCVPixelFormatType_32BGRA,
    ])
    func aPixelBufferIsReadWithoutACopyAndGivenBack(_ format: OSType) async throws {
        let server = try Server()
        let plane = try await server.plane(try await server.makeCode())
        let scanner = try await server.client().makeFrameScanner()
        weak var released: CVPixelBuffer?
        do {
            let buffer = buffer(format, plane)
            released = buffer
            do {
                let frame = CameraFrame(buffer)
                #expect(buffer.locks == 1)
                guard case .found = scanner.scan(frame) else {
                    Issue.record("nothing found")
                    return
                }
            }
            #expect(buffer.locks == 0)
        }
        #expect(released == nil)
    }

    @Test func aPixelBufferOfAnotherFormatIsRefusedAndNotLocked() async throws {
        let buffer = buffer(0x1234, Data(count: 1344 * 720))
        let result = try await Server().client().makeFrameScanner().scan(CameraFrame(buffer))
        #expect(result == .refused(ScanLoginError(.unreadableImage(.badLayout))))
        #expect(buffer.locks == 0)
    }

    @Test func anImageThatThePlatformHasDecodedIsRead() async throws {
        let server = try Server()
        let plane = try await server.plane(try await server.makeCode())
        let image = CGImage(luma: plane, width: 1344, height: 720)
        #expect(try await server.client().readFrame(CameraFrame(image)).userPoolID == server.pool)
        let nothing = CameraFrame(CGImage(luma: Data(), width: 0, height: 0))
        let error = await thrown { try await server.client().readFrame(nothing) } as? ScanLoginError
        #expect(error?.kind == .unreadableImage(.badLayout))
    }

    @Test @MainActor func aCameraIsWatchedFromTheMainActorAndAwayFromIt() async throws {
        let server = try Server()
        let plane = try await server.plane(try await server.makeCode())
        final class Fake: FrameScanner {
            func scan(_ frame: CameraFrame) -> FrameResult {
                #expect(!Thread.isMainThread)
                return .nothingSeen
            }
        }
        let (frames, camera) = AsyncStream.makeStream(of: CameraFrame.self)
        camera.yield(frame(plane))
        camera.finish()
        var client = FakeScanLoginClient()
        client.scanner = Fake()
        for await result in client.scan(frames) { #expect(result == .nothingSeen) }
    }
}
