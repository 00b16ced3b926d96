package dev.scanlogin

import java.nio.ByteBuffer
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.launch

/**
 * A camera picture: a plane of brightness values, such as plane 0 of a YUV_420_888 image.
 *
 * @property luma the brightness values, in a direct buffer, as cameras hand them out; read from the buffer's start
 * @property width in pixels
 * @property height in pixels
 * @property rowStride the distance in bytes from a row to the next
 * @property pixelStride the distance in bytes from a pixel to the next
 * @param release gives the picture back to the camera; called once the frame was looked at or dropped
 */
public class CameraFrame(
    public val luma: ByteBuffer,
    public val width: Int,
    public val height: Int,
    public val rowStride: Int,
    public val pixelStride: Int = 1,
    private val release: () -> Unit = {},
) : AutoCloseable {
    override fun close(): Unit = release()
}

/**
 * Looks at one frame, on the calling thread, and closes it.
 *
 * @throws ScanLoginException when a QR code is in view that cannot be used
 */
public fun FrameScanner.scan(frame: CameraFrame): FrameResult = frame.use {
    // JNA takes the address of a buffer's start and the length from its position.
    val luma = frame.luma.duplicate().apply { rewind() }
    scan(
        luma,
        frame.width.toUInt(),
        frame.height.toUInt(),
        frame.rowStride.toUInt(),
        frame.pixelStride.toUInt(),
    )
}

/**
 * Looks at the frames of a camera, one at a time. Frames that come while it, or who collects the results, is busy are
 * dropped, but for the latest, and closed.
 *
 * A QR code that cannot be used is a failure that holds a [ScanLoginException]; the flow goes on after it.
 *
 * @param dispatcher where the frames are looked at
 */
public fun FrameScanner.scan(
    frames: Flow<CameraFrame>,
    dispatcher: CoroutineDispatcher = Dispatchers.Default,
): Flow<Result<FrameResult>> = flow {
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
            for (frame in latest) {
                emit(
                    try {
                        Result.success(scan(frame))
                    } catch (refused: ScanLoginException) {
                        Result.failure(refused)
                    },
                )
            }
        } finally {
            latest.cancel()
        }
    }
}.buffer(Channel.RENDEZVOUS).flowOn(dispatcher)
