package dev.scanlogin.samples

import androidx.camera.core.ImageProxy
import dev.scanlogin.CameraFrame
import dev.scanlogin.FrameResult
import dev.scanlogin.LoginCode
import dev.scanlogin.ScanLoginClient
import dev.scanlogin.ScanLoginException
import dev.scanlogin.scan
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.mapNotNull
import kotlinx.coroutines.flow.first

fun ImageProxy.toFrame(): CameraFrame {
    val luma = planes[0]
    return CameraFrame(luma.buffer, width, height, luma.rowStride, luma.pixelStride, release = ::close)
}

/** The first login code that the camera sees. `images` is what an ImageAnalysis.Analyzer is given. */
suspend fun firstCode(
    client: ScanLoginClient,
    images: Flow<ImageProxy>,
    show: (ScanLoginException) -> Unit,
): LoginCode = client.frameScanner().use { scanner ->
    scanner.scan(images.map { it.toFrame() }).mapNotNull { result ->
        result.onFailure { show(it as ScanLoginException) }
        (result.getOrNull() as? FrameResult.Found)?.code
    }.first()
}
