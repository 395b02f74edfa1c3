"""Contracts: their number (合同序号), their term, their attachments."""
