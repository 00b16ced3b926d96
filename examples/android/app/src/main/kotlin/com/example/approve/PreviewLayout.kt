package com.example.approve

import android.content.Context
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import android.graphics.Path
import android.util.AttributeSet
import android.view.View
import android.widget.FrameLayout
import com.example.approve.model.PreviewMapping
import dev.scanlogin.ImagePoint

/** As large as there is room for, in the camera's shape, so that nothing is stretched or cut off. */
class PreviewLayout(context: Context, attributes: AttributeSet) : FrameLayout(context, attributes) {
    var mapping: PreviewMapping? = null
        set(value) {
            field = value
            requestLayout()
        }

    override fun onMeasure(widthMeasureSpec: Int, heightMeasureSpec: Int) {
        val (width, height) = MeasureSpec.getSize(widthMeasureSpec) to MeasureSpec.getSize(heightMeasureSpec)
        val shape = mapping ?: return super.onMeasure(widthMeasureSpec, heightMeasureSpec)
        val isTooWide = width.toLong() * shape.uprightHeight > height.toLong() * shape.uprightWidth
        super.onMeasure(
            exactly(if (isTooWide) height * shape.uprightWidth / shape.uprightHeight else width),
            exactly(if (isTooWide) height else width * shape.uprightHeight / shape.uprightWidth),
        )
    }

    private fun exactly(size: Int) = MeasureSpec.makeMeasureSpec(size, MeasureSpec.EXACTLY)
}

/** Draws an outline around the code that was seen. */
class CornersView(context: Context, attributes: AttributeSet) : View(context, attributes) {
    private val path = Path()
    private val paint = Paint(Paint.ANTI_ALIAS_FLAG).apply {
        style = Paint.Style.STROKE
        color = Color.GREEN
        strokeJoin = Paint.Join.ROUND
        strokeWidth = 4 * resources.displayMetrics.density
    }

    fun show(corners: List<ImagePoint>, mapping: PreviewMapping) {
        path.reset()
        for ((index, corner) in corners.withIndex()) {
            val (x, y) = mapping.toView(corner, width, height)
            if (index == 0) path.moveTo(x, y) else path.lineTo(x, y)
        }
        path.close()
        invalidate()
    }

    override fun onDraw(canvas: Canvas) = canvas.drawPath(path, paint)
}
