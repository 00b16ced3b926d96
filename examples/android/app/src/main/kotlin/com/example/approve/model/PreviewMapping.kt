package com.example.approve.model

import dev.scanlogin.ImagePoint
import kotlin.math.abs
import kotlin.math.min

/**
 * Where the points of a camera's frame are in the view that shows its preview.
 *
 * @param width of the frame, in pixels, as the sensor gives it
 * @param rotation by how many degrees, clockwise, the frame must be turned to be upright on the screen: 0, 90, 180 or 270
 * @param isMirrored whether the preview is, as that of a front camera
 */
class PreviewMapping(private val width: Int, private val height: Int, private val rotation: Int, private val isMirrored: Boolean) {
    private val isTurned = rotation % 180 != 0

    /** The size of the frame when it is upright: the preview has this shape. */
    val uprightWidth: Int get() = if (isTurned) height else width
    val uprightHeight: Int get() = if (isTurned) width else height

    /** The point in a view of that size, which shows the whole frame, as large as it can be, in its middle. */
    fun toView(point: ImagePoint, viewWidth: Int, viewHeight: Int): ImagePoint {
        val (x, y) = upright(point)
        val scale = min(viewWidth.toFloat() / uprightWidth, viewHeight.toFloat() / uprightHeight)
        val left = (viewWidth - uprightWidth * scale) / 2
        val top = (viewHeight - uprightHeight * scale) / 2
        return ImagePoint(left + x * scale, top + y * scale)
    }

    private fun upright(point: ImagePoint): ImagePoint {
        val (x, y) = when (rotation) {
            90 -> ImagePoint(height - point.y, point.x)
            180 -> ImagePoint(width - point.x, height - point.y)
            270 -> ImagePoint(point.y, width - point.x)
            else -> point
        }
        return ImagePoint(if (isMirrored) uprightWidth - x else x, y)
    }
}

/**
 * By how many degrees, clockwise, a frame must be turned to be upright on the screen.
 *
 * @param sensor how the sensor is mounted: `CameraCharacteristics.SENSOR_ORIENTATION`
 * @param display how the screen is turned: `Display.rotation`, in degrees
 */
fun rotationToUpright(sensor: Int, display: Int, isFront: Boolean): Int = (if (isFront) sensor + display else sensor - display + 360) % 360

/** The sizes nearest to 1280 x 720 show a code sharply enough, and are looked at in some ten milliseconds. Null when there is none. */
fun <Size> frameSize(sizes: List<Size>, width: (Size) -> Int, height: (Size) -> Int): Size? =
    sizes.minByOrNull { abs(width(it) * height(it) - 1280 * 720) }
