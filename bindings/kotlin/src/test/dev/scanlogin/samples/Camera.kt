package dev.scanlogin.samples

import android.graphics.Bitmap
import androidx.camera.core.ImageProxy
import dev.scanlogin.Bitmaps
import dev.scanlogin.CameraFrame
import dev.scanlogin.FrameResult
import dev.scanlogin.LoginCode
import dev.scanlogin.ScanLogin
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.mapNotNull

fun ImageProxy.toFrame(): CameraFrame {
    val luma = planes[0]
    return CameraFrame(luma.buffer, width, height, luma.rowStride, luma.pixelStride, release = ::close)
}

/** The first login code that the camera sees. `images` is what an ImageAnalysis.Analyzer is given. */
suspend fun firstCode(scanLogin: ScanLogin, images: Flow<ImageProxy>, hint: (String) -> Unit): LoginCode =
    scanLogin.scan(images.map { it.toFrame() }).mapNotNull { result ->
        when (result) {
            is FrameResult.Found -> return@mapNotNull result.code
            is FrameResult.Refused -> hint(result.error.userText())
            is FrameResult.TooSmall -> hint("Move closer")
            is FrameResult.Blurred -> hint("Hold still")
            FrameResult.TooDark -> hint("More light, please")
            is FrameResult.CodeSeenButUnread, FrameResult.StillInView, FrameResult.NothingSeen -> {}
        }
        null
    }.first()

/** What Android has decoded: HEIC, for example. */
suspend fun codeIn(scanLogin: ScanLogin, bitmap: Bitmap): LoginCode = scanLogin.readFrame(Bitmaps.toFrame(bitmap))
