// As much of CoreVideo as the library uses, for tests on Linux.

public typealias OSType = UInt32
public typealias CVReturn = Int32
public let kCVReturnSuccess: CVReturn = 0
public let kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange: OSType = 0x3432_3076
public let kCVPixelFormatType_420YpCbCr8BiPlanarFullRange: OSType = 0x3432_3066
public let kCVPixelFormatType_OneComponent8: OSType = 0x4C30_3038
public let kCVPixelFormatType_32BGRA: OSType = 0x4247_5241

/// Not Sendable, as Apple's is not.
public final class CVPixelBuffer {
    fileprivate let format: OSType
    fileprivate let bytes: UnsafeMutableRawPointer
    fileprivate let width, height, bytesPerRow: Int
    /// How often it is locked now, for the tests.
    public private(set) var locks = 0

    public init(format: OSType, copying bytes: UnsafeRawBufferPointer, width: Int, height: Int, bytesPerRow: Int) {
        self.format = format
        self.bytes = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 64)
        self.bytes.copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
        self.width = width
        self.height = height
        self.bytesPerRow = bytesPerRow
    }

    deinit { bytes.deallocate() }

    fileprivate var isPlanar: Bool {
        [kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange, kCVPixelFormatType_420YpCbCr8BiPlanarFullRange].contains(format)
    }

    fileprivate func lock(_ count: Int) -> CVReturn {
        locks += count
        return kCVReturnSuccess
    }
}

public typealias CVImageBuffer = CVPixelBuffer

public struct CVPixelBufferLockFlags: Sendable {
    public static let readOnly = CVPixelBufferLockFlags()
}

@discardableResult
public func CVPixelBufferLockBaseAddress(_ buffer: CVPixelBuffer, _: CVPixelBufferLockFlags) -> CVReturn { buffer.lock(1) }
@discardableResult
public func CVPixelBufferUnlockBaseAddress(_ buffer: CVPixelBuffer, _: CVPixelBufferLockFlags) -> CVReturn { buffer.lock(-1) }

public func CVPixelBufferGetPixelFormatType(_ buffer: CVPixelBuffer) -> OSType { buffer.format }
public func CVPixelBufferGetWidth(_ buffer: CVPixelBuffer) -> Int { buffer.width }
public func CVPixelBufferGetHeight(_ buffer: CVPixelBuffer) -> Int { buffer.height }

// Of a planar buffer this is the address of a header, and what else is there is not of a plane.
public func CVPixelBufferGetBaseAddress(_ buffer: CVPixelBuffer) -> UnsafeMutableRawPointer? {
    buffer.isPlanar || buffer.locks == 0 ? nil : buffer.bytes
}
public func CVPixelBufferGetBytesPerRow(_ buffer: CVPixelBuffer) -> Int { buffer.isPlanar ? 0 : buffer.bytesPerRow }

public func CVPixelBufferGetBaseAddressOfPlane(_ buffer: CVPixelBuffer, _: Int) -> UnsafeMutableRawPointer? {
    buffer.isPlanar && buffer.locks > 0 ? buffer.bytes : nil
}
public func CVPixelBufferGetBytesPerRowOfPlane(_ buffer: CVPixelBuffer, _: Int) -> Int { buffer.isPlanar ? buffer.bytesPerRow : 0 }
