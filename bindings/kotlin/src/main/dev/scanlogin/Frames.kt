@file:JvmName("-Frames") // Not a name in Java.

package dev.scanlogin

import java.io.Serializable
import java.nio.ByteBuffer
import java.util.concurrent.atomic.AtomicBoolean
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.launch

/**
 * A camera picture: a plane of brightness values, such as plane 0 of a `YUV_420_888` image.
 *
 * @param luma the brightness values, from the buffer's start to its limit. Any buffer will do; a direct one, as cameras hand them
 *   out, is read without a copy
 * @param width in pixels
 * @param height in pixels
 * @param rowStride the distance in bytes from a row to the next
 * @param pixelStride the distance in bytes from a pixel to the next
 * @param release gives the picture back to the camera; called once, when the frame was looked at or dropped. What it throws is
 *   ignored
 */
public class CameraFrame @JvmOverloads constructor(
    private val luma: ByteBuffer,
    private val width: Int,
    private val height: Int,
    private val rowStride: Int,
    private val pixelStride: Int = 1,
    private val release: Runnable = Runnable {},
) : AutoCloseable {
    private val isClosed = AtomicBoolean()

    @get:JvmSynthetic
    internal val layout: FrameLayout get() = FrameLayout(width.toUInt(), height.toUInt(), rowStride.toUInt(), pixelStride.toUInt())

    /** Looks at the plane, from position zero, and gives the picture back. One that was given back before has no bytes. */
    @JvmSynthetic
    internal fun <T> look(at: (ByteBuffer) -> T): T {
        if (!isClosed.compareAndSet(false, true)) return at(ByteBuffer.allocateDirect(0))
        try {
            return at(luma.duplicate().apply { rewind() })
        } finally {
            giveBack()
        }
    }

    /** Gives the picture back. Whatever takes a frame does this, once it has looked at it. */
    override fun close() {
        if (isClosed.compareAndSet(false, true)) giveBack()
    }

    private fun giveBack() {
        try {
            release.run()
        } catch (_: Throwable) {
            // There is nobody to tell: a scanner throws nothing.
        }
    }
}

internal data class FrameLayout(val width: UInt, val height: UInt, val rowStride: UInt, val pixelStride: UInt)

/** Looks for a login code in a camera preview, frame after frame. One for each preview; freed by itself. */
public fun interface FrameScanner {
    /**
     * Looks at one frame, on the calling thread, for some ten milliseconds, and closes it. Throws nothing: a frame that was closed
     * before is [FrameResult.Refused]. Hand in each frame that the camera gives while this is idle, and drop the others.
     */
    public fun scan(frame: CameraFrame): FrameResult
}

/** What a frame shows. Corners are four, clockwise, from the finder pattern that the two others adjoin. */
public sealed class FrameResult {
    /** A login code that passed the checks. Reported once while it stays in view. */
    public data class Found(public val code: LoginCode, public val corners: List<ImagePoint>) : FrameResult()

    /** A QR code that cannot be used, or a frame that cannot be read. Reported once while the code stays in view. */
    public data class Refused(public val error: ScanLoginException) : FrameResult()

    /** What was reported before is still in view. To see it again, such as when its `scanned` failed, make a new scanner. */
    public data object StillInView : FrameResult()

    /** A QR code that could not be read from this frame. One of the next may show it better. */
    public data class CodeSeenButUnread(public val corners: List<ImagePoint>) : FrameResult()

    /** A QR code with too few pixels: ask the user to go nearer. */
    public data class TooSmall(public val corners: List<ImagePoint>) : FrameResult()

    /** A QR code that is out of focus or moves: ask the user to hold still. */
    public data class Blurred(public val corners: List<ImagePoint>) : FrameResult()

    /** Too little light to see anything. */
    public data object TooDark : FrameResult()

    /** No QR code. */
    public data object NothingSeen : FrameResult()
}

/** A point in a picture, in pixels from its top left corner: [x] to the right, [y] down. */
public data class ImagePoint(public val x: Float, public val y: Float) : Serializable

internal class NativeFrameScanner(private val scanner: dev.scanlogin.ffi.FrameScanner) : FrameScanner {
    /** Kept for the next frame: a direct one is expensive to make. */
    private var copy = ByteBuffer.allocateDirect(0)

    @Synchronized
    override fun scan(frame: CameraFrame): FrameResult = frame.look { plane ->
        val (width, height, rowStride, pixelStride) = frame.layout
        scanner.scan(if (plane.isDirect) plane else copied(plane), width, height, rowStride, pixelStride).toPublic()
    }

    private fun copied(plane: ByteBuffer): ByteBuffer {
        if (copy.capacity() < plane.remaining()) copy = ByteBuffer.allocateDirect(plane.remaining())
        copy.clear()
        copy.put(plane).flip()
        return copy
    }
}

/** What is seen in each frame, as it is asked for. Frames that come in between are closed, but for the latest. */
internal fun FrameScanner.scan(frames: Flow<CameraFrame>): Flow<FrameResult> = flow {
    coroutineScope {
        val latest = Channel<CameraFrame>(Channel.CONFLATED) { it.close() }
        launch {
            try {
                frames.collect { latest.send(it) }
            } finally {
                latest.close()
            }
        }
        try {
            for (frame in latest) emit(frame.use(::scan))
        } finally {
            latest.cancel()
        }
    }
}

private fun dev.scanlogin.ffi.FrameResult.toPublic(): FrameResult = when (this) {
    is dev.scanlogin.ffi.FrameResult.Found -> FrameResult.Found(LoginCode(code), corners.toPublic())
    is dev.scanlogin.ffi.FrameResult.Refused -> FrameResult.Refused(details.toException())
    dev.scanlogin.ffi.FrameResult.StillInView -> FrameResult.StillInView
    is dev.scanlogin.ffi.FrameResult.CodeSeenButUnread -> FrameResult.CodeSeenButUnread(corners.toPublic())
    is dev.scanlogin.ffi.FrameResult.TooSmall -> FrameResult.TooSmall(corners.toPublic())
    is dev.scanlogin.ffi.FrameResult.Blurred -> FrameResult.Blurred(corners.toPublic())
    dev.scanlogin.ffi.FrameResult.TooDark -> FrameResult.TooDark
    dev.scanlogin.ffi.FrameResult.NothingSeen -> FrameResult.NothingSeen
}

internal fun List<dev.scanlogin.ffi.ImagePoint>.toPublic(): List<ImagePoint> = map { ImagePoint(it.x, it.y) }
