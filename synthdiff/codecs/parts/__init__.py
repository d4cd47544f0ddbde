"""Text made of numbers and of letters that repeat: versions, ratios, scores, ranges, measures of several parts."""
