from django.urls import path

from . import board, cases, items, rows, savings, screen, stuck

app_name = "oversight"
urlpatterns = [
    path("", board.board, name="board"),
    path("screen/", screen.screen, name="screen"),
    path("export/", board.export, name="export"),
    path("savings/", savings.page, name="savings"),
    path("savings/export/", savings.export, name="export_savings"),
    path("items/", items.page, name="items"),
    path("items/export/", items.export, name="export_items"),
    path("rows/<slug:name>/", rows.listed, name="rows"),
    path("rows/<slug:name>/export/", rows.export, name="export_rows"),
    path("cases/", cases.search, name="cases"),
    path("cases/<int:pk>/", cases.case, name="case"),
    path("cases/<int:pk>/void/", cases.end, {"verb": "void"}, name="void"),
    path("cases/<int:pk>/terminate/", cases.end, {"verb": "terminate"}, name="terminate"),
    path("stuck/", stuck.stuck, name="stuck"),
    path("stuck/<int:pk>/retry/", stuck.retry, name="retry"),
    path("stuck/retry/", stuck.retry_deliveries, name="retry_deliveries"),
    path("stuck/messages/<int:pk>/retry/", stuck.retry_message, name="retry_message"),
    path("stuck/messages/retry/", stuck.retry_messages, name="retry_messages"),
    path("stuck/files/retry/", stuck.examine_again, name="examine_again"),
]
