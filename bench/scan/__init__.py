"""The lab: how well do we read damaged codes, beside zxing-cpp and ZBar, and does a wrong byte ever get through?"""
