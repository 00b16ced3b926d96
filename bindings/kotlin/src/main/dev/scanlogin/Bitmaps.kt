package dev.scanlogin

import android.graphics.Bitmap
import java.nio.ByteBuffer

/** What Android has decoded, such as HEIC, for [ScanLogin.readFrame]. What is transparent is white, as on paper. */
public object Bitmaps {
    /** The bitmap's brightness. The bitmap itself may be recycled afterwards. */
    @JvmStatic
    public fun toFrame(bitmap: Bitmap): CameraFrame {
        // Pixels of the other configurations, such as those of the graphics processor, cannot all be asked for.
        val pixels = if (bitmap.config == Bitmap.Config.ARGB_8888) bitmap else bitmap.copy(Bitmap.Config.ARGB_8888, false)
        val (width, height) = pixels.width to pixels.height
        val luma = ByteArray(width * height)
        val row = IntArray(width)
        for (y in 0 until height) {
            pixels.getPixels(row, 0, width, 0, y, width, 1)
            for (x in 0 until width) luma[y * width + x] = brightness(row[x])
        }
        return CameraFrame(ByteBuffer.wrap(luma), width, height, width)
    }

    /** The luma of ITU-R BT.601, over white. */
    private fun brightness(argb: Int): Byte {
        val luma = (299 * (argb shr 16 and 0xFF) + 587 * (argb shr 8 and 0xFF) + 114 * (argb and 0xFF)) / 1000
        val alpha = argb ushr 24
        return ((luma * alpha + 255 * (255 - alpha)) / 255).toByte()
    }
}
