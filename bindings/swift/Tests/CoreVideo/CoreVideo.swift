// As much of CoreVideo as the sample uses, for tests on Linux.

public final class CVPixelBuffer {
    let plane: UnsafeMutableRawPointer
    let width: Int
    let height: Int
    let bytesPerRow: Int
    public private(set) var locks = 0

    public init(copying plane: UnsafeRawBufferPointer, width: Int, height: Int, bytesPerRow: Int) {
        self.plane = UnsafeMutableRawPointer.allocate(byteCount: plane.count, alignment: 64)
        self.plane.copyMemory(from: plane.baseAddress!, byteCount: plane.count)
        self.width = width
        self.height = height
        self.bytesPerRow = bytesPerRow
    }

    deinit { plane.deallocate() }

    fileprivate func lock(_ count: Int) { locks += count }
}

public struct CVPixelBufferLockFlags: Sendable {
    public static let readOnly = CVPixelBufferLockFlags()
}

@discardableResult
public func CVPixelBufferLockBaseAddress(_ buffer: CVPixelBuffer, _: CVPixelBufferLockFlags) -> Int32 {
    buffer.lock(1)
    return 0
}

@discardableResult
public func CVPixelBufferUnlockBaseAddress(_ buffer: CVPixelBuffer, _: CVPixelBufferLockFlags) -> Int32 {
    buffer.lock(-1)
    return 0
}

public func CVPixelBufferGetBaseAddressOfPlane(_ buffer: CVPixelBuffer, _: Int) -> UnsafeMutableRawPointer? { buffer.plane }
public func CVPixelBufferGetWidthOfPlane(_ buffer: CVPixelBuffer, _: Int) -> Int { buffer.width }
public func CVPixelBufferGetHeightOfPlane(_ buffer: CVPixelBuffer, _: Int) -> Int { buffer.height }
public func CVPixelBufferGetBytesPerRowOfPlane(_ buffer: CVPixelBuffer, _: Int) -> Int { buffer.bytesPerRow }
